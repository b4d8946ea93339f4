"""Deleted videos brought back, on every database: as they were, with what is left to do, in time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, update

from pipeline.adapters.database import Database
from pipeline.claims import Absorbed, Claim, Pulse
from pipeline.errors import DeletedForGood, VideoMissing
from pipeline.events import Envelope
from pipeline.ports import Message
from pipeline.uploading import NewUpload
from pipeline.video import Video
from tests.contract.chunked import planned
from tests.contract.ledgers import (
    METADATA,
    THUMBNAIL,
    TRANSCODE,
    accepted,
    carried,
    claimed,
    died,
    finished,
    publish_all,
    ready_video,
    retrying,
    rewrite,
    unpublished,
)

MINUTE = timedelta(minutes=1)


async def test_a_restored_video_is_what_it_was(forgiving: Database) -> None:
    envelope = await ready_video(forgiving)
    before, steps = await forgiving.video(envelope.subject)
    told = await forgiving.timeline(envelope.subject)
    await forgiving.delete(envelope.subject)
    await forgiving.restore(envelope.subject)
    after, the_same = await forgiving.video(envelope.subject)
    changes = {"updated_at", "touched_at"}
    assert after.model_dump(exclude=changes) == before.model_dump(exclude=changes)
    assert [step.model_dump() for step in the_same] == [step.model_dump() for step in steps]
    again = await forgiving.timeline(envelope.subject)
    assert [one.id for one in again][: len(told)] == [one.id for one in told]


async def test_restoring_what_is_not_deleted_is_harmless(forgiving: Database) -> None:
    envelope = await accepted(forgiving)
    assert await forgiving.restore(envelope.subject) == []
    await forgiving.delete(envelope.subject)
    assert len(await forgiving.restore(envelope.subject)) == 1
    assert await forgiving.restore(envelope.subject) == []


@pytest.mark.parametrize("video_id", ["00000000-0000-0000-0000-000000000000", "x", "\0"])
async def test_what_never_was_cannot_be_restored(forgiving: Database, video_id: str) -> None:
    with pytest.raises(VideoMissing) as raised:
        await forgiving.restore(video_id)
    assert not isinstance(raised.value, DeletedForGood)


async def test_an_event_that_workers_dropped_meanwhile_is_sent_to_its_stage_again(
    forgiving: Database,
) -> None:
    envelope = await accepted(forgiving)
    await publish_all(forgiving)
    await forgiving.delete(envelope.subject)
    assert isinstance(await forgiving.claim(TRANSCODE, envelope, "host:1"), Absorbed)
    (message,) = await forgiving.restore(envelope.subject)
    assert (message.kind, message.routing_key, message.event_id) == (
        "again",
        "reelmill.transcode",
        envelope.id,
    )
    assert await unpublished(forgiving) == [message]
    await claimed(forgiving, TRANSCODE, Envelope.decode(message.body))


async def test_a_job_that_was_let_go_or_waits_for_its_next_attempt_goes_on(forgiving: Database) -> None:
    let_go, later = await claimed(forgiving), await claimed(forgiving)
    await forgiving.commit(later, *retrying(later, timedelta(hours=1)))
    for claim in (let_go, later):
        await forgiving.delete(claim.video.id)
    assert await forgiving.beat(let_go, 0.5) is Pulse.CANCELLED
    await forgiving.release(let_go)
    for claim in (let_go, later):
        assert _of(await forgiving.restore(claim.video.id)) == [("transcode", claim.envelope.id)]
    assert isinstance(await forgiving.claim(TRANSCODE, let_go.envelope, "host:2"), Claim)


async def test_a_job_that_noticed_nothing_of_it_commits(forgiving: Database) -> None:
    claim = await claimed(forgiving)
    await forgiving.delete(claim.video.id)
    await forgiving.restore(claim.video.id)
    assert await forgiving.beat(claim, 0.5) is Pulse.ALIVE
    await finished(forgiving, claim)
    assert isinstance(await forgiving.claim(TRANSCODE, claim.envelope, "host:2"), Absorbed)


async def test_what_is_done_or_dead_is_not_begun_again(forgiving: Database) -> None:
    envelope = await accepted(forgiving)
    last = await carried(forgiving, envelope, TRANSCODE, THUMBNAIL)
    await forgiving.delete(envelope.subject)
    assert _of(await forgiving.restore(envelope.subject)) == [("metadata", last.id)]
    failed = await claimed(forgiving, METADATA, last)
    told = await died(forgiving, failed)
    await forgiving.delete(envelope.subject)
    assert _of(await forgiving.restore(envelope.subject)) == [("notify", told.id)]


async def test_each_deletion_that_is_taken_back_sends_on_once_more(forgiving: Database) -> None:
    envelope = await accepted(forgiving)
    ids = set()
    for _ in range(2):
        await forgiving.delete(envelope.subject)
        ids |= {message.id for message in await forgiving.restore(envelope.subject)}
    assert len(ids) == 2


async def test_a_cancelled_video_comes_back_cancelled_and_nobody_works_on_it(forgiving: Database) -> None:
    envelope = await accepted(forgiving)
    await forgiving.cancel(envelope.subject)
    await forgiving.delete(envelope.subject)
    assert await forgiving.restore(envelope.subject) == []
    assert (await forgiving.video(envelope.subject))[0].status == "cancelled"


async def test_nothing_is_purged_while_it_can_be_restored(forgiving: Database) -> None:
    envelope = await ready_video(forgiving)
    await forgiving.delete(envelope.subject)
    assert await forgiving.purgeable() == []
    await _deleted(forgiving, envelope.subject, MINUTE + timedelta(seconds=1))
    assert await forgiving.purgeable() == [], "a restore may be on its way"
    await _deleted(forgiving, envelope.subject, MINUTE + timedelta(seconds=10))
    assert await forgiving.purgeable() == [envelope.subject]


async def test_once_its_time_is_over_a_video_is_deleted_for_good(forgiving: Database) -> None:
    envelope = await ready_video(forgiving)
    await forgiving.delete(envelope.subject)
    await _deleted(forgiving, envelope.subject, MINUTE)
    with pytest.raises(DeletedForGood):
        await forgiving.restore(envelope.subject)


async def test_what_was_purged_is_deleted_for_good_however_long_there_was(forgiving: Database) -> None:
    envelope = await ready_video(forgiving)
    await forgiving.delete(envelope.subject)
    await forgiving.purged(envelope.subject)
    with pytest.raises(DeletedForGood):
        await forgiving.restore(envelope.subject)


async def test_an_upload_that_was_deleted_under_way_is_deleted_for_good(forgiving: Database) -> None:
    begun = await forgiving.begin(NewUpload("a.mp4"))
    await forgiving.delete(begun.video.id)
    with pytest.raises(DeletedForGood):
        await forgiving.restore(begun.video.id)


async def test_without_time_to_undo_nothing_is_restored(ledger: Database) -> None:
    envelope = await ready_video(ledger)
    await ledger.delete(envelope.subject)
    with pytest.raises(DeletedForGood):
        await ledger.restore(envelope.subject)


async def test_a_restored_video_has_its_idempotency_key_unless_another_took_it(forgiving: Database) -> None:
    new = {"idempotency_key": "key", "fingerprint": "a"}
    first = await accepted(forgiving, **new)
    await forgiving.delete(first.subject)
    await forgiving.restore(first.subject)
    assert (await forgiving.begin(NewUpload("a.mp4", **new))).video.id == first.subject
    await forgiving.delete(first.subject)
    second = await accepted(forgiving, **new)
    await forgiving.restore(first.subject)
    assert (await forgiving.begin(NewUpload("a.mp4", **new))).video.id == second.subject


async def test_what_a_deleted_video_has_grown_to_is_kept_until_it_is_purged(chunked: Database) -> None:
    """A worker that lets go of a chunk removes what nobody can be shown any more, and asks this."""
    film = await planned(chunked)
    await chunked.delete(film.id)
    assert await chunked.growth(film.id) is not None
    await chunked.purged(film.id)
    assert await chunked.growth(film.id) is None


def _of(messages: Sequence[Message]) -> list[tuple[str | None, str | None]]:
    return [(message.stage, message.event_id) for message in messages]


async def _deleted(ledger: Database, video_id: str, ago: timedelta) -> None:
    """As if it had been deleted so long ago."""
    then = datetime.now(UTC) - ago
    await rewrite(ledger, update(Video).where(col(Video.id) == video_id).values(deleted_at=then))
