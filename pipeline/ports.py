"""What the core asks of broker, object store, database and notices, as Protocols and the values they pass."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pipeline.condition import BrokerCondition

Bytes = bytes | bytearray | memoryview
"""What is only read, whoever owns its memory."""

# --- the broker -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A message to be published; also a row of the outbox."""

    id: str
    kind: str
    """`event`, `retry`, `wait`, `replay`, `again`, `dead`, or `drop`, which is for the timeline alone."""
    exchange: str
    routing_key: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    mandatory: bool = False
    """Whether it is an error that no queue takes it."""
    video_id: str | None = None
    run: int | None = None
    event_id: str | None = None
    type: str | None = None
    stage: str | None = None


class Delivery(Protocol):
    @property
    def body(self) -> bytes: ...
    @property
    def message_id(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, object]: ...

    async def ack(self) -> None:
        """Never raises: a delivery that was lost with its channel comes back and is absorbed."""

    async def reject(self) -> None:
        """Back to the queue; counts as a delivery. Never raises."""


class Bus(Protocol):
    async def publish(self, message: Message) -> None:
        """Returns once the broker has confirmed. Raises BrokerAway or Unroutable."""

    def consume(self, queue: str) -> AbstractAsyncContextManager[AsyncIterator[Delivery]]:
        """One delivery at a time (prefetch 1), without end; waits through every outage by itself."""

    async def depth(self, queue: str) -> int:
        """Messages ready in `queue`. Raises BrokerAway."""

    async def consumers(self, queue: str) -> int:
        """How many take from `queue`, in whatever process. Raises BrokerAway."""

    async def condition(self) -> BrokerCondition:
        """How it is, and what is there of ours; changes nothing. Raises BrokerAway."""

    def take(self, queue: str, limit: int) -> AbstractAsyncContextManager[Sequence[Delivery]]:
        """Up to `limit` messages that are ready; those not acked inside go back. Raises BrokerAway."""

    async def ready(self) -> bool: ...


# --- the object store -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ObjectInfo:
    key: str
    size: int
    """Bytes."""
    etag: str
    content_type: str | None
    modified: datetime | None = None


class MultipartUpload(Protocol):
    """An upload under way. Parts go in order; nothing is visible before `complete`."""

    @property
    def upload_id(self) -> str: ...

    async def add(self, data: Bytes) -> None:
        """The next part: 5 MiB to 5 GiB, the last may be shorter. Raises StoreAway."""

    async def complete(self) -> None:
        """Raises StoreAway."""

    async def abort(self) -> None:
        """Removes what was stored. Raises StoreAway."""


class Store(Protocol):
    """Keys are `/`-separated paths. Every method raises StoreAway when the store does not answer."""

    async def ready(self) -> bool: ...

    async def clock(self) -> datetime:
        """Its time, by which it judges signed requests. Raises StoreAway."""

    async def prepare(self) -> None:
        """Makes the bucket when it is missing."""

    async def start_upload(self, key: str, content_type: str) -> MultipartUpload: ...

    async def abort_upload(self, key: str, upload_id: str) -> None:
        """Harmless when there is no such upload any more."""

    async def put_part(self, key: str, upload_id: str, number: int, data: Bytes) -> str:
        """Its ETag. Of an upload that any process began; the same part may come again. Raises
        UploadForgotten when the store cannot go on with it."""

    async def complete_upload(self, key: str, upload_id: str, etags: Sequence[str]) -> None:
        """Makes the object of its parts, in order; `stat` tells whether it is there. Raises UploadForgotten;
        some stores do so when it was completed before, others say yes again."""

    async def put(self, key: str, data: Bytes | Path, content_type: str) -> None: ...

    async def stat(self, key: str) -> ObjectInfo:
        """Raises ObjectMissing."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start`, in blocks. Raises ObjectMissing at the first block."""

    async def list(self, prefix: str) -> Sequence[ObjectInfo]:
        """Every object below `prefix`."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Harmless for keys that are not there."""

    def address_of_part(self, key: str, upload_id: str, number: int) -> str:
        """A URL, good for an hour, to which a browser can PUT a part; the answer's ETag is the part's."""

    def locate(self, key: str) -> str:
        """A URL or path, good for a day, that ffmpeg can open and seek in."""


# --- notices --------------------------------------------------------------------------------------------


class Notifier(Protocol):
    async def send(self, url: str, *, message_id: str, payload: Mapping[str, object]) -> None:
        """One signed webhook. Raises Permanent when it must not be tried again, else Transient."""
