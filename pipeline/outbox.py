"""Publishing what was committed. Nothing here may fail its caller: the relay publishes what is left over."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from pipeline.errors import Outage, ReelmillError
from pipeline.failpoints import reach
from pipeline.ports import Bus, Message

log = structlog.get_logger()
_MOMENT_SECONDS = 0.5
"""A quarter of the relay's patience, unless that is set shorter, and many jobs where jobs are short."""


class Marking(Protocol):
    async def mark_published(self, ids: Collection[str]) -> None: ...


@dataclass(frozen=True)
class Published:
    confirmed: int
    refused: int
    """Messages that no queue takes, say; they stay in the outbox."""
    away: bool
    """Whether broker or database went away, and the rest was not tried or not marked."""


class MarkedLater:
    """Marks a moment later and in one transaction all that was confirmed meanwhile: no ack waits for it. What
    a crash leaves unmarked the relay publishes once more."""

    def __init__(self, outbox: Marking) -> None:
        self._outbox = outbox
        self._confirmed: list[str] = []
        self._marking: asyncio.Task[None] | None = None

    async def mark_published(self, ids: Collection[str]) -> None:
        self._confirmed += ids
        if self._confirmed and (self._marking is None or self._marking.done()):
            self._marking = asyncio.create_task(self._mark())

    async def drain(self) -> None:
        """Waits until all is marked that can be."""
        if self._marking is not None:
            await asyncio.wait({self._marking})

    async def _mark(self) -> None:
        while self._confirmed:
            await asyncio.sleep(_MOMENT_SECONDS)
            confirmed, self._confirmed = self._confirmed, []
            await _marked(self._outbox, confirmed)


async def publish(bus: Bus, outbox: Marking, messages: Sequence[Message]) -> Published:
    """Tries each message in order and marks those that the broker confirmed."""
    confirmed: list[str] = []
    refused, away = 0, False
    for message in messages:
        try:
            await bus.publish(message)
        except Outage as error:
            log.warning(
                "publish_postponed",
                video_id=message.video_id,
                code=error.code,
                left=len(messages) - len(confirmed) - refused,
            )
            away = True
            break
        except ReelmillError as error:
            log.error(
                "publish_refused",
                video_id=message.video_id,
                code=error.code,
                type=message.type,
                routing_key=message.routing_key,
            )
            refused += 1
        else:
            confirmed.append(message.id)
    reach("confirm.after")
    marked = await _marked(outbox, confirmed)
    return Published(len(confirmed), refused, away or not marked)


async def _marked(outbox: Marking, confirmed: Sequence[str]) -> bool:
    try:
        await outbox.mark_published(confirmed)
    except Outage as error:
        log.warning("published_but_not_marked", code=error.code, messages=len(confirmed))
        return False
    return True
