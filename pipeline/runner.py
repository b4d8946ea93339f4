"""The one consume loop, for every stage: decode, claim, attempt, commit, ack, publish. It alone acks."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import structlog

from pipeline import messages, outbox
from pipeline.attempt import Attempt, failure_of
from pipeline.claims import Absorbed, Busy, Claim, Outcome
from pipeline.errors import (
    Cancelled,
    FenceLost,
    MalformedEvent,
    Outage,
    ReelmillError,
    WorkerCrashed,
)
from pipeline.events import Envelope
from pipeline.failpoints import reach
from pipeline.host import this_process
from pipeline.leavings import remove_outputs
from pipeline.ledger import Ledger
from pipeline.outcomes import Ending, Endings
from pipeline.patience import patiently, to_its_end
from pipeline.ports import Bus, Delivery, Message, Store
from pipeline.quarantine import Quarantine
from pipeline.settings import WorkSettings
from pipeline.stage import Dead, Retry, Stage, decide, rung_for
from pipeline.topology import work_queue
from pipeline.tracing import span
from pipeline.windows import Windows

log = structlog.get_logger()


class Runner:
    """Runs one stage. `consumed` are the topics that some stage listens to; `quarantine` is one for all that
    works in this process."""

    def __init__(
        self,
        stage: Stage,
        bus: Bus,
        store: Store,
        ledger: Ledger,
        settings: WorkSettings,
        consumed: frozenset[str],
        quarantine: Quarantine | None = None,
    ) -> None:
        self._stage = stage
        self._bus = bus
        self._store = store
        self._ledger = ledger
        self._settings = settings
        self._host = this_process()
        self._endings = Endings(stage, self._host, consumed)
        self._marks = outbox.MarkedLater(ledger)
        self._quarantine = quarantine or Quarantine()
        self._windows = Windows(bus, stage.releases, settings.chunks_ahead)

    async def run(self) -> None:
        """Works until it is cancelled, then hands back what it holds."""
        try:
            async with asyncio.TaskGroup() as slots:
                for _ in range(self._stage.slots):
                    slots.create_task(self._slot())
        finally:
            await self._marks.drain()
        raise RuntimeError(f"The slots of {self._stage.name} ended without being told to.")

    async def answer(self, delivery: Delivery) -> Sequence[Message]:
        """One delivery, from decoding to ack; returns what follows, which is in the outbox by then."""
        try:
            follow = await self._followed(delivery)
        except asyncio.CancelledError:
            await delivery.reject()
            raise
        await delivery.ack()
        reach("ack.after")
        return follow

    async def publish(self, follow: Sequence[Message]) -> None:
        """Until the broker has confirmed; what it does not take is left to the relay."""
        await self._publish(follow)
        reach("publish.after")

    async def _slot(self) -> None:
        """What a job told of is published while the next one is fetched and begun, and no further ahead."""
        async with (
            self._bus.consume(work_queue(self._stage.name)) as deliveries,
            asyncio.TaskGroup() as behind,
        ):
            published: asyncio.Task[None] | None = None
            async for delivery in deliveries:
                follow = await self.answer(delivery)
                if published is not None:
                    await published
                published = behind.create_task(self.publish(follow))

    async def _followed(self, delivery: Delivery) -> Sequence[Message]:
        try:
            envelope = Envelope.decode(delivery.body)
        except MalformedEvent as error:
            return await self._buried(delivery, error)
        ids = {"video_id": envelope.subject, "event_id": envelope.id, "stage": self._stage.name}
        with span(self._stage.name, envelope.traceparent, **ids):
            return await self._taken(envelope, delivery.message_id)

    async def _taken(self, envelope: Envelope, message_id: str) -> Sequence[Message]:
        if self._stage.passes_over(envelope):
            log.info("passed_over", type=envelope.type)
            return []
        # Not counted: a container that starts again has the same host and process id as the one that died.
        taker = f"{self._host}/{uuid4().hex[:12]}"
        async with self._quarantine.among_others():
            found = await patiently(lambda: self._claimed(envelope, taker))
            if not self._is_suspect(found):
                return await self._dealt_with(found, envelope, message_id)
            if isinstance(found, Claim):
                await self._hand_back(found)  # what dies while it waits its turn is not to be its fault
        async with self._quarantine.alone():
            log.warning("works_alone", why="It has killed workers before.")
            found = await patiently(lambda: self._claimed(envelope, taker))
            return await self._dealt_with(found, envelope, message_id)

    def _is_suspect(self, found: Claim | Busy | Absorbed) -> bool:
        """Whether it is tried once more though it has killed workers, and more than one: that happens to
        neighbours too."""
        most = self._settings.max_crashes
        return isinstance(found, Claim) and max(1, most // 2) <= found.crashes < most

    async def _dealt_with(
        self, found: Claim | Busy | Absorbed, envelope: Envelope, message_id: str
    ) -> Sequence[Message]:
        match found:
            case Claim() as claim:
                reach("claim.after")
                return await self._worked(claim)
            case Busy() as busy:
                rung = rung_for(busy.wait, self._settings.rungs)
                log.info("held_elsewhere", wait=busy.wait.total_seconds(), rung=rung.total_seconds())
                copy = messages.wait(self._stage.name, envelope, busy.token, message_id, rung)
                return await patiently(lambda: self._ledger.add([copy]))
            case Absorbed(reason):
                log.info("absorbed", reason=reason)
                return []

    async def _worked(self, claim: Claim) -> Sequence[Message]:
        log.info("started", attempt=claim.failures + 1, fence=claim.fence, crashes=claim.crashes)
        try:
            outcome, follow = await self._attempted(claim)
            reach("handler.after")
            follow = await to_its_end(self._committed(claim, outcome, follow))
        except (Cancelled, FenceLost) as error:
            log.info("let_go", reason=error.plain)
            await patiently(lambda: self._ledger.release(claim))
            await remove_outputs(claim, self._store, self._ledger)
            return []
        except asyncio.CancelledError:
            await self._hand_back(claim)
            raise
        reach("commit.after")
        return follow

    async def _attempted(self, claim: Claim) -> Ending:
        try:
            if claim.crashes >= self._settings.max_crashes:
                raise WorkerCrashed(f"It happened {claim.crashes} times.")
            attempt = Attempt(self._endings, claim, self._store, self._ledger, self._settings, self._publish)
            events = await attempt.run()
            ending = self._endings.done(claim, events, await self._windows.now())
        except (Cancelled, FenceLost):
            raise
        except Exception as error:  # a handler may raise anything: what it means is decided in one place
            return self._failed(claim, error)
        log.info("done", events=[event.type() for event in events])
        return ending

    async def _committed(
        self, claim: Claim, outcome: Outcome, follow: Sequence[Message]
    ) -> Sequence[Message]:
        """What is to be published. An outcome that the rows do not take is a failure of the job."""
        try:
            return await patiently(lambda: self._ledger.commit(claim, outcome, follow))
        except FenceLost:
            raise
        except Exception as error:  # say an event without what the projection needs, or a NUL in its text
            outcome, follow = self._failed(claim, error)
            return await patiently(lambda: self._ledger.commit(claim, outcome, follow))

    def _failed(self, claim: Claim, error: Exception) -> Ending:
        failure = failure_of(error)
        rungs = self._settings.rungs
        match decide(error, failures=claim.failures, attempts=self._stage.attempts, rungs=rungs):
            case Retry() as retry:
                log.warning("will_retry", code=failure.code, after=str(retry.after), **_shown(error))
                return self._endings.retrying(claim, failure, retry)
            case Dead(reason):
                log.error("dead", code=failure.code, reason=reason, **_shown(error))
                return self._endings.died(claim, failure, reason)

    async def _hand_back(self, claim: Claim) -> None:
        """Best effort: a job that is not handed back is taken over when its lease ends."""
        try:
            await self._ledger.release(claim)
            log.info("handed_back")
        except Outage as error:
            log.warning("not_handed_back", code=error.code)

    async def _claimed(self, envelope: Envelope, taker: str) -> Claim | Busy | Absorbed:
        """`taker` names this delivery alone: a claim whose answer got lost is given again."""

        async def undo(taken: Claim | Busy | Absorbed) -> None:
            if isinstance(taken, Claim):
                await self._hand_back(taken)

        return await to_its_end(self._ledger.claim(self._stage, envelope, taker), undo)

    async def _buried(self, delivery: Delivery, error: MalformedEvent) -> Sequence[Message]:
        failure = failure_of(error)
        log.error("unreadable", code=failure.code, why=failure.message)
        stage = self._stage.name
        letter = messages.unreadable(stage, delivery.body, delivery.message_id, failure, self._host)
        await patiently(lambda: self._ledger.bury(stage, failure, letter))
        return [letter]

    async def _publish(self, follow: Sequence[Message]) -> None:
        await outbox.publish(self._bus, self._marks, follow)


def _shown(error: Exception) -> dict[str, object]:
    """What a log line tells of an error; the stack only of one that nobody foresaw."""
    return {"why": str(error)} if isinstance(error, ReelmillError) else {"exc_info": error}
