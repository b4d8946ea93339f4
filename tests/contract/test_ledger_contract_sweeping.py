"""What the sweep asks, on every database: what to clear away, and what to keep."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import update

from pipeline.adapters.database import Database
from pipeline.claims import Absorbed
from pipeline.errors import VideoMissing
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload
from pipeline.video import Video
from tests.chain import eventually
from tests.contract.ledgers import (
    METADATA,
    NOTIFY,
    THUMBNAIL,
    accepted,
    carried,
    claimed,
    finished,
    ready_video,
    rewrite,
    taken_over,
    unpublished,
)

NOW, SOON, HOUR = timedelta(0), timedelta(milliseconds=1), timedelta(hours=1)


async def test_only_uploads_that_were_silent_for_long_are_given_up(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4", idempotency_key="key", fingerprint="a"))
    await ledger.started(begun.video.id, "multipart-1")
    await accepted(ledger)
    assert await ledger.abandoned_uploads(HOUR) == []
    (video,) = await ledger.abandoned_uploads(NOW)
    assert (video.id, video.upload_id) == (begun.video.id, "multipart-1")


async def test_an_upload_that_was_given_up_cannot_be_accepted_and_frees_its_key(ledger: Database) -> None:
    new = NewUpload("a.mp4", idempotency_key="key", fingerprint="a")
    begun = await ledger.begin(new)
    await ledger.abandoned_uploads(NOW)
    with pytest.raises(VideoMissing):
        await ledger.seen(begun.video.id)
    with pytest.raises(VideoMissing):
        await ledger.accept(begun.video.id, 5, new_traceparent())
    assert (await ledger.begin(new)).video.id != begun.video.id


async def test_an_upload_is_given_up_again_and_again_until_it_is_discarded(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4"))
    for _ in range(2):
        assert [video.id for video in await ledger.abandoned_uploads(NOW)] == [begun.video.id]
    await ledger.discard(begun.video.id)
    assert await ledger.abandoned_uploads(NOW) == []


async def test_an_upload_deleted_under_way_is_cleared_away_as_an_abandoned_one(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4"))
    await ledger.started(begun.video.id, "multipart-1")
    await ledger.delete(begun.video.id)
    (video,) = await ledger.abandoned_uploads(NOW)
    assert video.upload_id == "multipart-1"
    assert await ledger.purgeable() == []


async def test_a_deleted_video_is_purged_once_nobody_works_on_it(ledger: Database) -> None:
    claim = await claimed(ledger)
    await ledger.delete(claim.video.id)
    assert await ledger.purgeable() == []
    await ledger.release(claim)
    assert await ledger.purgeable() == [claim.video.id]


async def test_a_lease_that_ran_out_does_not_keep_a_deleted_video(hasty: Database) -> None:
    claim = await claimed(hasty)
    await hasty.delete(claim.video.id)

    async def may_go() -> bool:
        return await hasty.purgeable() == [claim.video.id]

    await eventually(may_go)


async def test_a_purged_video_leaves_nothing_but_its_tombstone(ledger: Database) -> None:
    envelope = await ready_video(ledger)
    await ledger.delete(envelope.subject)
    await ledger.purged(envelope.subject)
    assert await unpublished(ledger) == []
    assert await ledger.dead() == []
    with pytest.raises(VideoMissing):
        await ledger.video(envelope.subject)
    assert isinstance(await ledger.claim(NOTIFY, envelope, "host:1"), Absorbed)


async def test_a_purged_video_is_looked_at_again_for_what_a_late_worker_wrote(ledger: Database) -> None:
    envelope = await ready_video(ledger)
    await ledger.delete(envelope.subject)
    await ledger.purged(envelope.subject)
    assert await ledger.purgeable() == [envelope.subject]


async def test_a_settled_video_names_the_outputs_that_count(hasty: Database) -> None:
    transcoded = await finished(hasty, await taken_over(hasty, await claimed(hasty)))
    envelope = await carried(hasty, transcoded, THUMBNAIL, METADATA)
    counting = ["transcode/2", "thumbnail/3", "metadata/4"]
    expected = frozenset(f"{envelope.subject}/1/{output}/" for output in counting)
    (settled,) = await hasty.settled()
    assert (settled.video_id, settled.kept) == (envelope.subject, expected)


async def test_a_worker_that_woke_too_late_has_its_leavings_looked_for_again(hasty: Database) -> None:
    late = await claimed(hasty)
    transcoded = await finished(hasty, await taken_over(hasty, late))
    await carried(hasty, transcoded, THUMBNAIL, METADATA)
    (settled,) = await hasty.settled()
    await hasty.swept(settled)
    assert await hasty.settled() == []
    await hasty.release(late)
    assert [video.video_id for video in await hasty.settled()] == [settled.video_id]


async def test_a_settled_video_is_looked_through_once_more_after_a_while(hasty: Database) -> None:
    await ready_video(hasty)
    (settled,) = await hasty.settled()
    await hasty.swept(settled)
    await _at_rest_for(hasty, timedelta(minutes=11))
    (again,) = await hasty.settled()
    await hasty.swept(again)
    assert await hasty.settled() == []


async def test_a_video_that_has_rested_for_days_is_not_looked_through_again(hasty: Database) -> None:
    await ready_video(hasty)
    (settled,) = await hasty.settled()
    await hasty.swept(settled)
    await _at_rest_for(hasty, timedelta(days=2))
    assert await hasty.settled() == []


async def test_videos_under_work_deleted_or_swept_before_are_not_settled(hasty: Database) -> None:
    ready = await ready_video(hasty)
    await accepted(hasty)
    (settled,) = await hasty.settled()
    assert settled.video_id == ready.subject
    await hasty.swept(settled)
    assert await hasty.settled() == []
    under_work = await ready_video(hasty)
    await claimed(hasty, NOTIFY, under_work)
    assert await hasty.settled() == [], "also when the lease ran out: its holder may still commit"
    deleted = await ready_video(hasty)
    await hasty.delete(deleted.subject)
    assert await hasty.settled() == []


async def _at_rest_for(ledger: Database, long: timedelta) -> None:
    since = datetime.now(UTC) - long
    await rewrite(ledger, update(Video).values(updated_at=since, swept_at=since))
