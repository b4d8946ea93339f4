"""The object store over plain S3, by the synchronous `minio` SDK in threads of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import cast

from minio.datatypes import Object, Part
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from urllib3 import BaseHTTPResponse

from pipeline.adapters.store.clients import CALLS_AT_ONCE, client_for
from pipeline.adapters.store.errors import (
    StoreKeysMissing,
    StoreRefused,
    code_of,
    in_our_words,
    status_of,
)
from pipeline.errors import ReelmillError, StoreAway
from pipeline.ports import Bytes, ObjectInfo
from pipeline.settings import StoreSettings
from pipeline.threads import Threads

__all__ = ["S3Store", "S3Upload", "StoreKeysMissing", "StoreRefused"]

_BLOCK = 256 * 1024
_PART, _MOST_PARTS = 8 * 1024**2, 10_000
_LINK_LIFE = timedelta(days=1)
_PART_LINK_LIFE = timedelta(hours=1)
_DELETED_AT_ONCE = 100  # a slow store takes 50 ms for each, and the request is to be over within our patience
_READY_WITHIN = 5.0


class S3Store:
    """See ports.Store. Safe to share between tasks of one event loop."""

    def __init__(self, settings: StoreSettings) -> None:
        """Raises StoreKeysMissing."""
        self._bucket = settings.bucket
        self._client = client_for(settings, settings.endpoint)
        self._outside = client_for(settings, settings.public_endpoint or settings.endpoint)
        self._threads = Threads(CALLS_AT_ONCE, name="store", translate=in_our_words)

    def close(self) -> None:
        self._threads.close()

    async def ready(self) -> bool:
        try:
            async with asyncio.timeout(_READY_WITHIN):
                return await self._threads.run(self._client.bucket_exists, self._bucket)
        except (ReelmillError, TimeoutError):
            return False

    async def clock(self) -> datetime:
        return await self._threads.run(self._told_time)

    async def prepare(self) -> None:
        await self._threads.run(self._make_bucket)

    async def start_upload(self, key: str, content_type: str) -> "S3Upload":
        undo = partial(self._abort, key)
        upload_id = await self._threads.run(self._start, key, content_type, undo=undo)
        return S3Upload(self, key, upload_id)

    async def abort_upload(self, key: str, upload_id: str) -> None:
        await self._threads.run(self._abort, key, upload_id)

    async def put_part(self, key: str, upload_id: str, number: int, data: Bytes) -> str:
        return await self._threads.run(self._send, key, upload_id, number, data)

    async def complete_upload(self, key: str, upload_id: str, etags: Sequence[str]) -> None:
        parts = [Part(number, etag) for number, etag in enumerate(etags, start=1)]
        await self._threads.run(self._complete, key, upload_id, parts)

    async def put(self, key: str, data: Bytes | Path, content_type: str) -> None:
        if isinstance(data, Path):
            size = (await self._threads.run(data.stat)).st_size
            if size > _PART:
                return await self._put_in_parts(key, data, size, content_type)
            data = await self._threads.run(data.read_bytes)
        await self._threads.run(self._put, key, data, content_type)
        return None

    async def stat(self, key: str) -> ObjectInfo:
        return _info(await self._threads.run(self._client.stat_object, self._bucket, key))

    async def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        response = await self._threads.run(self._get, key, start, length, undo=_close)
        if response is None:
            return
        try:
            while block := await self._threads.run(partial(response.read, _BLOCK, decode_content=False)):
                yield block
        finally:
            _hang_up(response)
            self._threads.drop(response.close)

    async def list(self, prefix: str) -> Sequence[ObjectInfo]:
        listing = partial(self._client.list_objects, self._bucket, prefix, recursive=True)
        return [_info(found) for found in await self._threads.run(lambda: [*listing()])]

    async def delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            some = [DeleteObject(key) for key in keys[start : start + _DELETED_AT_ONCE]]
            removing = partial(self._client.remove_objects, self._bucket, some)
            errors = await self._threads.run(lambda: [*removing()])  # noqa: B023  it has run by the next turn
            if left := [error for error in errors if error.code != "NoSuchKey"]:
                raise StoreAway(f"It kept {len(left)} objects that should go: {left[0].code}.")

    def address_of_part(self, key: str, upload_id: str, number: int) -> str:
        of_it: dict[str, str | list[str] | tuple[str]] = {"uploadId": upload_id, "partNumber": str(number)}
        return self._outside.get_presigned_url(
            "PUT", self._bucket, key, expires=_PART_LINK_LIFE, extra_query_params=of_it
        )

    def locate(self, key: str) -> str:
        return self._client.presigned_get_object(self._bucket, key, _LINK_LIFE)

    async def _put_in_parts(self, key: str, path: Path, size: int, content_type: str) -> None:
        upload = await self.start_upload(key, content_type)
        try:
            parts = _blocks(path, max(_PART, size // _MOST_PARTS + 1))
            while part := await self._threads.run(next, parts, b""):
                await upload.add(part)
            await upload.complete()
        except BaseException:
            with suppress(ReelmillError):
                await upload.abort()
            raise

    def _put(self, key: str, data: Bytes, content_type: str) -> None:
        self._client._put_object(self._bucket, key, _read_only(data), {"Content-Type": content_type})

    def _told_time(self) -> datetime:
        """By an object that is not there: every answer has a date, and needs no right but to read."""
        try:
            answer = self._client._execute("HEAD", self._bucket)
        except S3Error as error:
            if status_of(error) not in {403, 404}:
                raise
            answer = error.response
        return parsedate_to_datetime(answer.headers["Date"])

    def _make_bucket(self) -> None:
        if self._client.bucket_exists(self._bucket):
            return
        try:
            self._client.make_bucket(self._bucket)
        except MinioException as error:
            if status_of(error) != 409:  # another process was first
                raise

    def _start(self, key: str, content_type: str) -> str:
        return self._client._create_multipart_upload(self._bucket, key, {"Content-Type": content_type})

    def _send(self, key: str, upload_id: str, number: int, data: Bytes) -> str:
        return self._client._upload_part(self._bucket, key, _read_only(data), None, upload_id, number)

    def _complete(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        self._client._complete_multipart_upload(self._bucket, key, upload_id, [*parts])

    def _abort(self, key: str, upload_id: str) -> None:
        try:
            self._client._abort_multipart_upload(self._bucket, key, upload_id)
        except MinioException as error:
            if code_of(error) not in {"NoSuchUpload", "NoSuchKey"}:
                raise

    def _get(self, key: str, start: int, length: int | None) -> BaseHTTPResponse | None:
        if length == 0:  # which the SDK takes for "to the end"
            return None
        try:
            return self._client.get_object(self._bucket, key, start, length or 0)
        except MinioException as error:
            if status_of(error) == 416:
                return None
            raise


class S3Upload:
    """See ports.MultipartUpload. `abort` first lets a part end that is still being sent by a cancelled `add`:
    a part that arrives after the abort would stay."""

    def __init__(self, store: S3Store, key: str, upload_id: str) -> None:
        self.upload_id = upload_id
        self._store = store
        self._key = key
        self._parts: list[Part] = []
        self._size = 0
        self._sending: Future[str] | None = None

    async def add(self, data: Bytes) -> None:
        number = len(self._parts) + 1
        threads = self._store._threads
        self._sending = threads.start(self._store._send, self._key, self.upload_id, number, data)
        self._parts.append(Part(number, await threads.outcome(self._sending)))
        self._size += len(data)

    async def complete(self) -> None:
        if not self._parts:
            await self.add(b"")  # S3 completes no upload without parts
        await self._store._threads.run(self._store._complete, self._key, self.upload_id, self._parts)
        # the answer 200 may come before the work and carry an error in its body
        stored = await self._store.stat(self._key)
        if stored.size != self._size:
            raise StoreAway(f"It holds {stored.size} of {self._size} bytes of an upload that it completed.")

    async def abort(self) -> None:
        if self._sending:
            await asyncio.gather(asyncio.wrap_future(self._sending), return_exceptions=True)
        await self._store.abort_upload(self._key, self.upload_id)


def _read_only(data: Bytes) -> bytes:
    """What the SDK asks for; it only reads, and a copy would double the memory of an upload."""
    return cast("bytes", data)


def _info(found: Object) -> ObjectInfo:
    return ObjectInfo(
        key=found.object_name or "",
        size=found.size or 0,
        etag=found.etag or "",
        content_type=found.content_type,
        modified=found.last_modified,
    )


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(size):
            yield block


def _hang_up(response: BaseHTTPResponse) -> None:
    """Never waits: a read that is still under way in a thread ends once its socket is shut."""
    with suppress(ValueError, RuntimeError, OSError):  # read to its end, or lost already
        response.shutdown()


def _close(response: BaseHTTPResponse | None) -> None:
    if response is not None:
        response.close()
