"""Everything that leaves the runner, as outbox messages. The headers are for people: the database decides."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline import VERSION
from pipeline.claims import Claim, Failure
from pipeline.events import Envelope, derived_id
from pipeline.ports import Message
from pipeline.stage import Stage
from pipeline.topology import DEAD, DELAY_HEADER, EVENTS, RETRY, rung_name, work_queue

_STACK_CHARACTERS = 4000
"""Headers travel with every look at a dead letter: the end of a stack says the most."""


def consumed_topics(stages: Iterable[Stage]) -> frozenset[str]:
    return frozenset(event.topic for stage in stages for event in stage.consumes)


def event(envelope: Envelope, *, stage: str | None, consumed: frozenset[str]) -> Message:
    """To whoever listens; it is an error that nobody does only when a stage should."""
    topic = envelope.type.rpartition(".v")[0]
    return _about(
        envelope,
        id=envelope.id,
        kind="event",
        exchange=EVENTS,
        routing_key=envelope.type,
        mandatory=topic in consumed,
        stage=stage,
    )


def retry(claim: Claim, failure: Failure, rung: timedelta) -> Message:
    """Back to this stage alone, by way of a rung."""
    attempt = str(claim.failures + 1)
    return _about(
        claim.envelope,
        id=derived_id(claim.envelope.id, claim.stage, "retry", str(claim.fence)),
        kind="retry",
        exchange=RETRY,
        routing_key=work_queue(claim.stage),
        headers={
            DELAY_HEADER: rung_name(rung),
            "reelmill-attempt": attempt,
            "reelmill-code": failure.code,
            "reelmill-error": failure.message,
        },
        mandatory=True,
        stage=claim.stage,
    )


def wait(stage: str, envelope: Envelope, token: str, waited: str, rung: timedelta) -> Message:
    """A copy that came while the job is held: it returns when the hold may be over. Its id follows from what
    is waited for and from the message that came, `waited`: repeats of one delivery wait once, and a copy that
    returns too early can wait again."""
    return _about(
        envelope,
        id=derived_id(waited, stage, "wait", token),
        kind="wait",
        exchange=RETRY,
        routing_key=work_queue(stage),
        headers={DELAY_HEADER: rung_name(rung)},
        mandatory=True,
        stage=stage,
    )


def replay(stage: str, envelope: Envelope, *, times: int) -> Message:
    """The dead event again, to its stage's queue only, as a new event of the same run."""
    again = envelope.model_copy(update={"id": replayed_id(envelope.id, times)})
    return _about(
        again,
        id=again.id,
        kind="replay",
        exchange="",
        routing_key=work_queue(stage),
        mandatory=True,
        stage=stage,
    )


def replay_unread(stage: str, letter_id: str, body: bytes) -> Message:
    """Something that is no event of ours, for its stage's queue again: after an upgrade it may be one."""
    return Message(
        id=replayed_id(letter_id, 1),
        kind="replay",
        exchange="",
        routing_key=work_queue(stage),
        body=body,
        mandatory=True,
        stage=stage,
    )


def again(stage: str, envelope: Envelope, *, window: str) -> Message:
    """A copy of an event that got lost on its way, for that stage alone; one in each `window`."""
    return _about(
        envelope,
        id=derived_id(envelope.id, stage, "again", window),
        kind="again",
        exchange="",
        routing_key=work_queue(stage),
        mandatory=True,
        stage=stage,
    )


def replayed_id(event_id: str, times: int) -> str:
    return derived_id(event_id, "replay", str(times))


def dead(claim: Claim, failure: Failure, reason: str, host: str) -> Message:
    headers = _death(failure, reason, host) | {"reelmill-attempts": str(attempts_made(claim, failure))}
    return _about(
        claim.envelope,
        id=derived_id(claim.envelope.id, claim.stage, "dead"),
        kind="dead",
        exchange=DEAD,
        routing_key=claim.stage,
        headers=headers,
        mandatory=True,
        stage=claim.stage,
    )


def dropped(letter: Message) -> Message:
    """That somebody dropped this dead letter: for the timeline, and never to be published."""
    name = derived_id(letter.id, "drop")
    return replace(letter, id=name, kind="drop", exchange="", routing_key="", headers={}, mandatory=False)


def unreadable(stage: str, body: bytes, message_id: str, failure: Failure, host: str) -> Message:
    """The dead letter of something that is no event of ours."""
    return Message(
        id=derived_id(message_id, stage, "dead", body.hex()),
        kind="dead",
        exchange=DEAD,
        routing_key=stage,
        body=body,
        headers=_death(failure, "unreadable", host) | {"reelmill-attempts": "1"},
        mandatory=True,
        stage=stage,
    )


def attempts_made(claim: Claim, failure: Failure) -> int:
    """A job given up for its crashes ran no attempt this time."""
    return claim.failures + (0 if failure.code == "worker_crashed" else 1)


def _death(failure: Failure, reason: str, host: str) -> dict[str, str]:
    return {
        "reelmill-reason": reason,
        "reelmill-code": failure.code,
        "reelmill-error-type": failure.type,
        "reelmill-error": failure.message,
        "reelmill-stack": failure.stack[-_STACK_CHARACTERS:],
        "reelmill-host": host,
        "reelmill-version": VERSION,
        "reelmill-died-at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _about(
    envelope: Envelope,
    *,
    id: str,  # noqa: A002  the message's field has this name
    kind: str,
    exchange: str,
    routing_key: str,
    mandatory: bool,
    stage: str | None,
    headers: dict[str, str] | None = None,
) -> Message:
    return Message(
        id=id,
        kind=kind,
        exchange=exchange,
        routing_key=routing_key,
        body=envelope.encode(),
        headers=headers or {},
        mandatory=mandatory,
        video_id=envelope.subject,
        run=envelope.run,
        event_id=envelope.id,
        type=envelope.type,
        stage=stage,
    )
