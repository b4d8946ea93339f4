"""The few steps that most tests of the ledger begin with."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pipeline import messages
from pipeline.adapters.database import Database
from pipeline.claims import Claim, Died, Done, Failure, Retrying
from pipeline.events import (
    Envelope,
    Event,
    MetadataExtracted,
    StageFailed,
    ThumbnailGenerated,
    UserNotified,
    VideoTranscoded,
    next_envelope,
)
from pipeline.ports import Message
from pipeline.stage import Stage
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload
from tests.chain import eventually, stages

TABLE = stages()
TRANSCODE, THUMBNAIL, METADATA, NOTIFY = TABLE
CONSUMED = messages.consumed_topics(TABLE)
FAILURE = Failure("flaky", "It failed this time.", "Wait.", "Flaky", "Traceback: here")
CRASH = Failure("worker_crashed", "The worker died.", "Look.", "WorkerCrashed", "Traceback: there")
MADE: dict[str, Event] = {
    "transcode": VideoTranscoded(
        source="s", hls="v/master.m3u8", duration=1.0, renditions=(), has_audio=False, size=7
    ),
    "thumbnail": ThumbnailGenerated(source="s", hls="v/master.m3u8", posters={"large.jpg": "v/large.jpg"}),
    "metadata": MetadataExtracted(hls="v/master.m3u8", metadata={"duration": 1.0}),
    "notify": UserNotified(delivered=True, about="ready"),
}


async def accepted(ledger: Database, **fields: str) -> Envelope:
    """The first event of a video that was taken in."""
    begun = await ledger.begin(NewUpload(filename="a.mp4", **fields))
    (message,) = await ledger.accept(begun.video.id, 5, new_traceparent())
    return Envelope.decode(message.body)


async def claimed(ledger: Database, stage: Stage = TRANSCODE, envelope: Envelope | None = None) -> Claim:
    claim = await ledger.claim(stage, envelope or await accepted(ledger), "host:1")
    assert isinstance(claim, Claim), claim
    return claim


async def taken_over(ledger: Database, claim: Claim, stage: Stage = TRANSCODE) -> Claim:
    """The next claim on the same event, once the lease of the first is over."""
    found: list[Claim] = []

    async def free() -> bool:
        found.extend(
            again
            for again in [await ledger.claim(stage, claim.envelope, f"host:2/{claim.fence}")]
            if isinstance(again, Claim)
        )
        return bool(found)

    await eventually(free)
    return found[0]


def outcome(claim: Claim, *events: Event) -> tuple[Done, list[Message]]:
    """What a runner commits when the handler returned `events`."""
    envelopes = [_next(claim, event) for event in events]
    return Done(envelopes), [messages.event(one, stage=claim.stage, consumed=CONSUMED) for one in envelopes]


def death(claim: Claim, failure: Failure = FAILURE, *, required: bool = True) -> tuple[Died, list[Message]]:
    """What a runner commits when it gives a job up."""
    told = _next(
        claim,
        StageFailed(
            stage=claim.stage,
            required=required,
            code=failure.code,
            message=failure.message,
            hint=failure.hint,
            attempts=1,
        ),
    )
    letter = messages.dead(claim, failure, "permanent", "host:1")
    follow = [letter, messages.event(told, stage=claim.stage, consumed=CONSUMED)]
    return Died(failure, "permanent", told), follow


def retrying(claim: Claim, after: timedelta, *, counts: bool = True) -> tuple[Retrying, list[Message]]:
    return Retrying(FAILURE, after, counts), [messages.retry(claim, FAILURE, after)]


async def finished(ledger: Database, claim: Claim) -> Envelope:
    """The event that follows from a job that went well."""
    done, follow = outcome(claim, MADE[claim.stage])
    await ledger.commit(claim, done, follow)
    return done.envelopes[0]


async def died(ledger: Database, claim: Claim, *, required: bool = True) -> Envelope:
    """The StageFailed that follows from a job that was given up."""
    dead, follow = death(claim, required=required)
    await ledger.commit(claim, dead, follow)
    return dead.stage_failed


async def carried(ledger: Database, envelope: Envelope, *through: Stage) -> Envelope:
    """The last event after those stages worked on it, one after the other."""
    for stage in through:
        envelope = await finished(ledger, await claimed(ledger, stage, envelope))
    return envelope


async def ready_video(ledger: Database) -> Envelope:
    return await carried(ledger, await accepted(ledger), TRANSCODE, THUMBNAIL, METADATA)


async def unpublished(ledger: Database) -> Sequence[Message]:
    return await ledger.overdue(timedelta(0), 1000)


async def publish_all(ledger: Database) -> None:
    await ledger.mark_published([message.id for message in await unpublished(ledger)])


async def rewrite(ledger: Database, statement: Any) -> None:
    """Changes rows in a way that the ledger offers to nobody, such as making them old."""
    await ledger._transactions.write(lambda session, _now: session.connection().execute(statement))


def _next(claim: Claim, event: Event) -> Envelope:
    return next_envelope(claim.envelope, event, stage=claim.stage, traceparent=claim.envelope.traceparent)
