"""Videos as people see and command them, on every database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, update

from pipeline.adapters.database import Database
from pipeline.errors import BadCursor, IllegalTransition, VideoMissing
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload
from pipeline.video import Video
from tests.contract.ledgers import (
    METADATA,
    THUMBNAIL,
    TRANSCODE,
    accepted,
    carried,
    claimed,
    died,
    publish_all,
    ready_video,
    retrying,
    rewrite,
    unpublished,
)


async def test_a_page_walk_over_25_videos_shows_each_once_and_the_newest_first(ledger: Database) -> None:
    ids = [(await ledger.begin(NewUpload(f"{number}.mp4"))).video.id for number in range(25)]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(0, 25, 5):  # five at a time came in at the very same moment
        same = col(Video.id).in_(ids[number : number + 5])
        await rewrite(ledger, update(Video).where(same).values(created_at=moment + timedelta(minutes=number)))
    seen, cursor, pages = [], None, 0
    while True:
        page = await ledger.page(7, cursor)
        seen += [video for video, _ in page.items]
        cursor, pages = page.next, pages + 1
        if cursor is None:
            break
    assert sorted(video.id for video in seen) == sorted(ids)
    assert [video.created_at for video in seen] == sorted([video.created_at for video in seen], reverse=True)
    assert pages == 4


async def test_a_page_that_holds_the_rest_names_no_next_one(ledger: Database) -> None:
    for _ in range(3):
        await ledger.begin(NewUpload("a.mp4"))
    assert (await ledger.page(3, None)).next is None
    assert (await ledger.page(2, None)).next is not None


async def test_a_page_shows_the_steps_and_leaves_deleted_videos_out(ledger: Database) -> None:
    kept, deleted = await accepted(ledger), await accepted(ledger)
    await ledger.delete(deleted.subject)
    ((video, steps),) = (await ledger.page(10, None)).items
    assert video.id == kept.subject
    assert [step.stage for step in steps] == ["transcode", "thumbnail", "metadata", "notify"]


@pytest.mark.parametrize(
    "cursor", ["nonsense", "!", "ü", "bm8gYmFy", "MjAyNi0wMS0wMVQwMDowMDowMHxpZA==", "MjAyNnxpZHxtb3Jl"]
)
async def test_a_cursor_that_was_not_given_out_is_refused(ledger: Database, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await ledger.page(10, cursor)


async def test_a_cursor_with_a_nul_in_it_is_refused_and_never_reaches_the_database(ledger: Database) -> None:
    with pytest.raises(BadCursor):
        await ledger.page(10, "MjAyNi0wMS0wMVQwMDowMDowMCswMDowMHwA")


async def test_the_timeline_tells_what_was_said_in_order_and_whether_it_was_published(
    ledger: Database,
) -> None:
    envelope = await accepted(ledger)
    await publish_all(ledger)
    claim = await claimed(ledger, TRANSCODE, envelope)
    outcome, follow = retrying(claim, timedelta(seconds=10))
    await ledger.commit(claim, outcome, follow)
    told, waits = await ledger.timeline(envelope.subject)
    assert (told.kind, told.type, told.version, told.run, told.stage) == (
        "event",
        "video.uploaded",
        1,
        1,
        None,
    )
    assert (told.event_id, told.data["filename"]) == (envelope.id, "a.mp4")
    assert told.published_at is not None
    assert told.time <= told.published_at
    assert (waits.kind, waits.stage, waits.event_id) == ("retry", "transcode", envelope.id)
    assert (waits.published_at, waits.note["reelmill-delay"]) == (None, "10s")


async def test_a_cancelled_video_says_so_in_every_step_that_was_not_done(ledger: Database) -> None:
    envelope = await accepted(ledger)
    last = await carried(ledger, envelope, TRANSCODE)
    await claimed(ledger, THUMBNAIL, last)
    await ledger.cancel(envelope.subject)
    video, steps = await ledger.video(envelope.subject)
    assert video.status == "cancelled"
    assert [step.state for step in steps] == ["done", "cancelled", "cancelled", "cancelled"]


async def test_cancelling_twice_is_harmless(ledger: Database) -> None:
    envelope = await accepted(ledger)
    await ledger.cancel(envelope.subject)
    await ledger.cancel(envelope.subject)
    assert (await ledger.video(envelope.subject))[0].status == "cancelled"


async def test_a_failed_video_can_be_cancelled(ledger: Database) -> None:
    claim = await claimed(ledger)
    await died(ledger, claim)
    await ledger.cancel(claim.video.id)
    assert (await ledger.video(claim.video.id))[0].status == "cancelled"


async def test_a_ready_video_cannot_be_cancelled(ledger: Database) -> None:
    envelope = await ready_video(ledger)
    with pytest.raises(IllegalTransition):
        await ledger.cancel(envelope.subject)
    assert (await ledger.video(envelope.subject))[0].status == "ready"


async def test_an_upload_under_way_cannot_be_cancelled(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4"))
    with pytest.raises(IllegalTransition):
        await ledger.cancel(begun.video.id)


async def test_a_deleted_video_is_missing_everywhere(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4"))
    await ledger.delete(begun.video.id)
    await _missing_everywhere(ledger, begun.video.id)


@pytest.mark.parametrize("video_id", ["00000000-0000-0000-0000-000000000000", "x", "\0"])
async def test_a_video_that_never_was_is_missing_everywhere(ledger: Database, video_id: str) -> None:
    await _missing_everywhere(ledger, video_id)


async def test_a_retried_video_lives_again_and_its_letter_is_sent_once(ledger: Database) -> None:
    claim = await claimed(ledger)
    await died(ledger, claim)
    await publish_all(ledger)
    (message,) = await ledger.retry(claim.video.id)
    video, steps = await ledger.video(claim.video.id)
    assert (video.status, video.error) == ("processing", None)
    assert (steps[0].state, steps[0].error, steps[0].finished_at) == ("waiting", None, None)
    assert (message.kind, message.exchange, message.routing_key) == ("replay", "", "reelmill.transcode")
    assert await unpublished(ledger) == [message]
    with pytest.raises(IllegalTransition):
        await ledger.retry(claim.video.id)


async def test_only_a_failed_video_can_be_retried(ledger: Database) -> None:
    processing, ready = await accepted(ledger), await ready_video(ledger)
    for envelope in (processing, ready):
        with pytest.raises(IllegalTransition):
            await ledger.retry(envelope.subject)


async def test_a_video_becomes_ready_with_everything_its_stages_said(ledger: Database) -> None:
    envelope = await carried(ledger, await accepted(ledger), TRANSCODE, THUMBNAIL)
    assert (await ledger.video(envelope.subject))[0].status == "processing"
    await carried(ledger, envelope, METADATA)
    video, _ = await ledger.video(envelope.subject)
    assert (video.status, video.error) == ("ready", None)
    assert video.ready_at is not None
    assert video.playback == {
        "hls": "v/master.m3u8",
        "poster": "v/large.jpg",
        "posters": {"large.jpg": "v/large.jpg"},
    }
    assert video.details == {"duration": 1.0}


async def _missing_everywhere(ledger: Database, video_id: str) -> None:
    for asked in (
        ledger.video(video_id),
        ledger.timeline(video_id),
        ledger.cancel(video_id),
        ledger.delete(video_id),
        ledger.retry(video_id),
        ledger.seen(video_id),
        ledger.started(video_id, "multipart-1"),
        ledger.accept(video_id, 5, new_traceparent()),
    ):
        with pytest.raises(VideoMissing):
            await asked
