"""One attempt at a job: the handler in a task of its own, its lease kept alive beside it."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from pipeline.chunks import Growth
from pipeline.claims import Claim, Failure, Pulse
from pipeline.errors import Cancelled, FenceLost, HandlerBroken, Outage, ReelmillError
from pipeline.events import Event
from pipeline.failpoints import reach
from pipeline.job import Job
from pipeline.ledger import Ledger
from pipeline.outcomes import Endings
from pipeline.patience import patiently
from pipeline.ports import Message, Store
from pipeline.scratch import attempt_folder
from pipeline.settings import WorkSettings

log = structlog.get_logger()


class Attempt:
    def __init__(
        self,
        endings: Endings,
        claim: Claim,
        store: Store,
        ledger: Ledger,
        settings: WorkSettings,
        publish: Callable[[Sequence[Message]], Awaitable[None]],
    ) -> None:
        self._endings = endings
        self._stage = endings.stage
        self._claim = claim
        self._store = store
        self._ledger = ledger
        self._settings = settings
        self._publish = publish

    async def run(self) -> Sequence[Event]:
        """What the handler returns. Raises what it raises, and Cancelled or FenceLost when the work is no
        longer wanted or no longer ours; the handler has ended by then."""
        event = self._claim.envelope.event()
        with attempt_folder(self._settings.scratch, self._stage.name) as scratch:
            job = self._job(scratch)
            return await self._guarded(job, asyncio.ensure_future(self._stage.handler(event, job)))

    async def _guarded(self, job: Job, handler: asyncio.Future[Sequence[Event]]) -> Sequence[Event]:
        """Ends when the handler does, or ends it when the lease says so; whoever cancels us cancels both."""
        pulse = asyncio.create_task(self._keep_alive(job))
        both: set[asyncio.Future[Any]] = {handler, pulse}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if handler.cancelled():  # from inside: our own cancellation is raised by the wait above
                raise HandlerBroken("It was cancelled by something that it waited for.")
            if handler.done():
                return handler.result()
            raise pulse.result()
        finally:
            await _ended(handler)
            await _ended(pulse)

    async def _keep_alive(self, job: Job) -> ReelmillError:
        """Renews the lease until that makes no sense any more, and says why."""
        while True:
            await asyncio.sleep(self._settings.heartbeat.total_seconds())
            try:
                pulse = await self._ledger.beat(self._claim, job.progress)
            except Outage as error:
                log.warning("heartbeat_missed", code=error.code)
                continue
            if pulse is Pulse.CANCELLED:
                return Cancelled()
            if pulse is Pulse.LOST:
                return FenceLost()

    def _job(self, scratch: Path) -> Job:
        return Job(
            self._claim.video,
            self._claim.envelope,
            self._store,
            scratch,
            self._claim.prefix,
            announce=self._announce,
            growth=self._growth,
        )

    async def _announce(self, event: Event, key: str = "") -> None:
        envelope, message = self._endings.announced(self._claim, event, key)
        told = await patiently(lambda: self._ledger.announce(self._claim, envelope, message))
        reach("announce.after")
        await self._publish(told)

    async def _growth(self) -> Growth:
        growth = await self._ledger.growth(self._claim.video.id)
        if growth is None:
            raise HandlerBroken("It asked how a video grows that was never planned.")
        return growth


async def _ended(task: asyncio.Future[Any]) -> None:
    """Cancels what still runs and waits for its end, so that nothing outlives the attempt."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # read, so that asyncio does not complain that nobody did


def failure_of(error: BaseException) -> Failure:
    """An error as rows and dead letters tell it; one that is not ours shows its text in the stack only."""
    known = error if isinstance(error, ReelmillError) else ReelmillError()
    return Failure(
        code=known.code,
        message=known.plain,
        hint=known.hint,
        type=type(error).__name__,
        stack="".join(traceback.format_exception(error)),
    )
