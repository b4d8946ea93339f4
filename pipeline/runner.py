"""The one consume loop, for every stage: decode, claim, attempt, commit, publish, ack. It alone acks."""

import asyncio
import os
import socket
from collections.abc import Sequence

import structlog

from pipeline import messages, outbox
from pipeline.attempt import Attempt, failure_of
from pipeline.errors import Cancelled, FenceLost, MalformedEvent, ReelmillError, WorkerCrashed
from pipeline.events import Envelope, Event, StageFailed, next_envelope
from pipeline.failpoints import reach
from pipeline.ledger import Absorbed, Busy, Claim, Died, Done, Ledger, Outcome, Retrying
from pipeline.patience import patiently
from pipeline.ports import Bus, Delivery, Message, Store
from pipeline.settings import WorkSettings
from pipeline.stage import Dead, Retry, Stage, decide, rung_for
from pipeline.topology import work_queue
from pipeline.tracing import current_traceparent, span

log = structlog.get_logger()


class Runner:
    """Runs one stage. `consumed` are the topics that some stage listens to."""

    def __init__(
        self,
        stage: Stage,
        bus: Bus,
        store: Store,
        ledger: Ledger,
        settings: WorkSettings,
        consumed: frozenset[str],
    ) -> None:
        self._stage = stage
        self._bus = bus
        self._store = store
        self._ledger = ledger
        self._settings = settings
        self._consumed = consumed
        self._host = f"{socket.gethostname()}:{os.getpid()}"

    async def run(self) -> None:
        """Works until it is cancelled, then hands back what it holds."""
        async with asyncio.TaskGroup() as slots:
            for _ in range(self._stage.slots):
                slots.create_task(self._slot())

    async def handle(self, delivery: Delivery) -> None:
        """One delivery, from decoding to ack."""
        try:
            envelope = Envelope.decode(delivery.body)
        except MalformedEvent as error:
            await self._bury(delivery, error)
        else:
            ids = {"video_id": envelope.subject, "event_id": envelope.id, "stage": self._stage.name}
            with span(self._stage.name, envelope.traceparent, **ids):
                await self._take(envelope, delivery.message_id)
        reach("publish.after")
        await delivery.ack()
        reach("ack.after")

    async def _slot(self) -> None:
        async with self._bus.consume(work_queue(self._stage.name)) as deliveries:
            async for delivery in deliveries:
                try:
                    await self.handle(delivery)
                except asyncio.CancelledError:
                    await delivery.reject()
                    raise

    async def _take(self, envelope: Envelope, message_id: str) -> None:
        if self._stage.passes_over(envelope):
            log.info("passed_over", type=envelope.type)
            return
        match await patiently(lambda: self._ledger.claim(self._stage, envelope, self._host)):
            case Claim() as claim:
                reach("claim.after")
                await self._work(claim)
            case Busy() as busy:
                rung = rung_for(busy.wait, self._settings.rungs)
                log.info("held_elsewhere", wait=busy.wait.total_seconds(), rung=rung.total_seconds())
                copy = messages.wait(self._stage.name, envelope, busy.token, message_id, rung)
                await self._publish(await patiently(lambda: self._ledger.add([copy])))
            case Absorbed(reason):
                log.info("absorbed", reason=reason)

    async def _work(self, claim: Claim) -> None:
        log.info("started", attempt=claim.failures + 1, fence=claim.fence, crashes=claim.crashes)
        try:
            outcome, follow = await self._attempted(claim)
            reach("handler.after")
            await patiently(lambda: self._ledger.commit(claim, outcome, follow))
        except (Cancelled, FenceLost) as error:
            log.info("let_go", reason=error.plain)
            await patiently(lambda: self._ledger.release(claim))
        except asyncio.CancelledError:
            log.info("handed_back")
            await self._ledger.release(claim)
            raise
        else:
            reach("commit.after")
            await self._publish(follow)

    async def _attempted(self, claim: Claim) -> tuple[Outcome, Sequence[Message]]:
        try:
            if claim.crashes >= self._settings.max_crashes:
                raise WorkerCrashed(f"It happened {claim.crashes} times.")
            events = await Attempt(self._stage, claim, self._store, self._ledger, self._settings).run()
        except (Cancelled, FenceLost):
            raise
        except Exception as error:  # a handler may raise anything: what it means is decided in one place
            return self._failed(claim, error)
        return self._done(claim, events)

    def _done(self, claim: Claim, events: Sequence[Event]) -> tuple[Outcome, Sequence[Message]]:
        log.info("done", events=[event.type() for event in events])
        envelopes = [self._next(claim, event) for event in events]
        return Done(envelopes), [self._event(envelope) for envelope in envelopes]

    def _failed(self, claim: Claim, error: Exception) -> tuple[Outcome, Sequence[Message]]:
        failure = failure_of(error)
        rungs = self._settings.rungs
        match decide(error, failures=claim.failures, attempts=self._stage.attempts, rungs=rungs):
            case Retry(after, counts):
                log.warning("will_retry", code=failure.code, after=after.total_seconds(), **_shown(error))
                return Retrying(failure, after, counts), [messages.retry(claim, failure, after)]
            case Dead(reason):
                log.error("dead", code=failure.code, reason=reason, **_shown(error))
                event = StageFailed(
                    stage=self._stage.name,
                    required=self._stage.required,
                    code=failure.code,
                    message=failure.message,
                    hint=failure.hint,
                    attempts=messages.attempts_made(claim, failure),
                )
                told = self._next(claim, event)
                letter = messages.dead(claim, failure, reason, self._host)
                return Died(failure, reason, told), [letter, self._event(told)]

    async def _bury(self, delivery: Delivery, error: MalformedEvent) -> None:
        failure = failure_of(error)
        log.error("unreadable", code=failure.code, why=failure.message)
        stage = self._stage.name
        letter = messages.unreadable(stage, delivery.body, delivery.message_id, failure, self._host)
        await patiently(lambda: self._ledger.bury(stage, delivery.body, failure, letter))
        await self._publish([letter])

    def _next(self, claim: Claim, event: Event) -> Envelope:
        return next_envelope(claim.envelope, event, stage=self._stage.name, traceparent=current_traceparent())

    def _event(self, envelope: Envelope) -> Message:
        return messages.event(envelope, stage=self._stage.name, consumed=self._consumed)

    async def _publish(self, follow: Sequence[Message]) -> None:
        await outbox.publish(self._bus, self._ledger, follow)


def _shown(error: Exception) -> dict[str, object]:
    """What a log line tells of an error; the stack only of one that nobody foresaw."""
    return {"why": str(error)} if isinstance(error, ReelmillError) else {"exc_info": error}
