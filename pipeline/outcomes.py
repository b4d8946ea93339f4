"""What ends a job, with all that is told of it: one place, for the runner and for dead letters alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline import messages
from pipeline.claims import Claim, Died, Done, Failure, Outcome, Retrying
from pipeline.errors import HandlerBroken
from pipeline.events import Envelope, Event, StageFailed, next_envelope
from pipeline.ports import Message
from pipeline.stage import Retry, Stage
from pipeline.tracing import current_traceparent

Ending = tuple[Outcome, Sequence[Message]]
"""What is committed, and the outbox messages that are committed with it."""


@dataclass(frozen=True)
class Endings:
    stage: Stage
    host: str
    consumed: frozenset[str]
    """Topics that some stage listens to."""

    def done(self, claim: Claim, events: Sequence[Event], windows: Mapping[str, int] | None = None) -> Ending:
        """Raises HandlerBroken for what the stage does not publish."""
        self._check(events)
        envelopes = [self._next(claim, event) for event in events]
        return Done(envelopes, windows or {}), [self._event(envelope) for envelope in envelopes]

    def announced(self, claim: Claim, event: Event, key: str) -> tuple[Envelope, Message]:
        """What is told before the end. Raises HandlerBroken for what the stage does not publish."""
        self._check_published(event)
        envelope = self._next(claim, event, key)
        return envelope, self._event(envelope)

    def retrying(self, claim: Claim, failure: Failure, retry: Retry) -> Ending:
        return Retrying(failure, retry.after, retry.counts), [messages.retry(claim, failure, retry.after)]

    def died(self, claim: Claim, failure: Failure, reason: str) -> Ending:
        event = StageFailed(
            stage=self.stage.step,
            required=self.stage.required,
            code=failure.code,
            message=failure.message,
            hint=failure.hint,
            attempts=messages.attempts_made(claim, failure),
        )
        told = self._next(claim, event)
        letter = messages.dead(claim, failure, reason, self.host)
        return Died(failure, reason, told), [letter, self._event(told)]

    def _check(self, events: Sequence[Event]) -> None:
        if not isinstance(events, Sequence):
            raise HandlerBroken(f"It returned {type(events).__name__}, not a list of events.")
        for event in events:
            self._check_published(event)
        if self.stage.required and self.stage.publishes and not events:
            raise HandlerBroken("It returned no event, and the video cannot go on without.")

    def _check_published(self, event: Event) -> None:
        if not isinstance(event, self.stage.publishes):
            raise HandlerBroken(f"It told of {type(event).__name__}, which its stage does not publish.")

    def _next(self, claim: Claim, event: Event, key: str = "") -> Envelope:
        traceparent = current_traceparent()
        return next_envelope(claim.envelope, event, stage=self.stage.name, traceparent=traceparent, key=key)

    def _event(self, envelope: Envelope) -> Message:
        return messages.event(envelope, stage=self.stage.name, consumed=self.consumed)
