"""Uploads that go on over many requests, on every database: who holds one, how far it is, when it is over."""

import asyncio
from datetime import UTC, timedelta

import pytest

from pipeline.adapters.database import Database
from pipeline.errors import FenceLost, IllegalTransition, UploadMissing, UploadOver, VideoMissing
from pipeline.tracing import new_traceparent
from pipeline.uploading import Advance, NewUpload, Resumable, Tail
from pipeline.video import VideoStatus

LEASE = timedelta(seconds=30)
LIFE = timedelta(hours=1)


async def opened(ledger: Database, *, length: int | None = 100, lifetime: timedelta = LIFE) -> Resumable:
    new = NewUpload("a.mp4", "video/mp4", title="A")
    return await ledger.open(new, length=length, part_bytes=10, said="filename YQ==", lifetime=lifetime)


async def taken(ledger: Database, upload: Resumable) -> Resumable:
    mine = await ledger.take(upload.id, LEASE)
    assert mine is not None
    return mine


async def test_a_new_upload_is_at_0_and_its_video_uploading(ledger: Database) -> None:
    upload = await opened(ledger)
    assert (upload.offset, upload.length, upload.parts, upload.tail) == (0, 100, 0, None)
    assert (upload.said, upload.content_type, upload.accepted) == ("filename YQ==", "video/mp4", False)
    video, _ = await ledger.video(upload.video_id)
    assert (video.status, video.title, video.size) == (VideoStatus.UPLOADING, "A", 100)


async def test_moments_are_told_in_utc_itself_and_not_in_a_zone_like_it(ledger: Database) -> None:
    upload = await opened(ledger)
    video, _ = await ledger.video(upload.video_id)
    assert [moment.tzinfo for moment in (upload.expires_at, video.created_at)] == [UTC, UTC]


async def test_its_id_does_not_tell_the_videos_and_is_long(ledger: Database) -> None:
    upload = await opened(ledger)
    assert upload.video_id not in upload.id
    assert len(upload.id) >= 32


async def test_an_unknown_upload_is_missing(ledger: Database) -> None:
    for asking in (ledger.resumable("x"), ledger.take("x", LEASE), ledger.end("x")):
        with pytest.raises(UploadMissing):
            await asking


async def test_whoever_comes_while_it_is_held_waits_and_the_holder_is_told(ledger: Database) -> None:
    upload = await opened(ledger)
    mine = await taken(ledger, upload)
    assert await ledger.keep(upload.id, mine.fence, LEASE)
    assert await ledger.take(upload.id, LEASE) is None
    assert not await ledger.keep(upload.id, mine.fence, LEASE)
    await ledger.let_go(upload.id, mine.fence)
    theirs = await taken(ledger, upload)
    assert theirs.fence > mine.fence
    assert await ledger.keep(upload.id, theirs.fence, LEASE)


async def test_of_many_who_come_at_once_one_gets_it(ledger: Database) -> None:
    upload = await opened(ledger)
    takes = await asyncio.gather(*(ledger.take(upload.id, LEASE) for _ in range(8)))
    assert len([take for take in takes if take is not None]) == 1


async def test_a_lease_that_ran_out_is_anybodys_and_the_old_fence_counts_no_more(ledger: Database) -> None:
    upload = await opened(ledger)
    mine = await ledger.take(upload.id, timedelta(0))
    assert mine is not None
    theirs = await taken(ledger, upload)
    for late in (
        ledger.keep(upload.id, mine.fence, LEASE),
        ledger.advance(upload.id, mine.fence, Advance(10, ["e"]), LIFE),
        ledger.start_parts(upload.id, mine.fence, "multipart"),
        ledger.start_over(upload.id, mine.fence),
        ledger.say_length(upload.id, mine.fence, 20),
    ):
        with pytest.raises(FenceLost):
            await late
    await ledger.let_go(upload.id, mine.fence)
    assert await ledger.keep(upload.id, theirs.fence, LEASE)
    assert (await ledger.resumable(upload.id))[0].offset == 0


async def test_parts_and_tail_are_remembered_in_order(ledger: Database) -> None:
    mine = await taken(ledger, await opened(ledger))
    mine = await ledger.start_parts(mine.id, mine.fence, "multipart")
    mine = await ledger.advance(mine.id, mine.fence, Advance(10, ["one"]), LIFE)
    tail = Tail("v/.upload/1-25", 5)
    mine = await ledger.advance(mine.id, mine.fence, Advance(25, ["two"], tail), LIFE)
    assert (mine.multipart, mine.parts, mine.offset, mine.tail) == ("multipart", 2, 25, tail)
    assert list(await ledger.parts(mine.id)) == ["one", "two"]
    mine = await ledger.advance(mine.id, mine.fence, Advance(30, ["three"]), LIFE)
    assert (mine.tail, mine.offset) == (None, 30)
    assert list(await ledger.parts(mine.id)) == ["one", "two", "three"]


async def test_each_advance_moves_the_time_at_which_it_expires(ledger: Database) -> None:
    mine = await taken(ledger, await opened(ledger, lifetime=timedelta(minutes=1)))
    moved = await ledger.advance(mine.id, mine.fence, Advance(10, ["one"]), LIFE)
    assert moved.expires_at > mine.expires_at + timedelta(minutes=30)


async def test_to_start_over_forgets_parts_tail_and_multipart(ledger: Database) -> None:
    mine = await taken(ledger, await opened(ledger))
    await ledger.start_parts(mine.id, mine.fence, "multipart")
    await ledger.advance(mine.id, mine.fence, Advance(15, ["one"], Tail("k", 5)), LIFE)
    again = await ledger.start_over(mine.id, mine.fence)
    assert (again.offset, again.parts, again.tail, again.multipart) == (0, 0, None, None)
    assert list(await ledger.parts(mine.id)) == []


async def test_a_length_can_be_told_later(ledger: Database) -> None:
    mine = await taken(ledger, await opened(ledger, length=None))
    assert mine.length is None
    assert (await ledger.say_length(mine.id, mine.fence, 77)).length == 77


async def test_acceptance_ends_it_with_the_offset_at_its_length(ledger: Database) -> None:
    mine = await taken(ledger, await opened(ledger))
    await ledger.advance(mine.id, mine.fence, Advance(10, ["one"]), LIFE)
    await ledger.accept(mine.video_id, 100, new_traceparent())
    upload, busy = await ledger.resumable(mine.id)
    assert (upload.accepted, upload.offset, upload.length, busy) == (True, 100, 100, False)
    shown = await ledger.take(mine.id, LEASE)
    assert shown is not None
    assert shown.accepted
    with pytest.raises(FenceLost):
        await ledger.advance(mine.id, mine.fence, Advance(20, ["two"]), LIFE)
    with pytest.raises(IllegalTransition):
        await ledger.end(mine.id)


async def test_an_ended_one_is_over_for_everybody_and_its_video_gone(ledger: Database) -> None:
    mine = await taken(ledger, await opened(ledger))
    await ledger.end(mine.id)
    for asking in (
        ledger.resumable(mine.id),
        ledger.take(mine.id, LEASE),
        ledger.keep(mine.id, mine.fence, LEASE),
    ):
        with pytest.raises(UploadOver):
            await asking
    with pytest.raises(VideoMissing):
        await ledger.video(mine.video_id)
    with pytest.raises(VideoMissing):
        await ledger.accept(mine.video_id, 100, new_traceparent())


async def test_one_that_stands_still_is_left_alone_until_it_expires(ledger: Database) -> None:
    await opened(ledger)
    assert await ledger.abandoned_uploads(timedelta(0)) == []


async def test_one_that_expired_is_given_up_and_returned_until_it_is_discarded(ledger: Database) -> None:
    upload = await opened(ledger, lifetime=timedelta(0))
    for _ in range(2):
        assert [video.id for video in await ledger.abandoned_uploads(LIFE)] == [upload.video_id]
    with pytest.raises(UploadOver):
        await ledger.resumable(upload.id)
    await ledger.discard(upload.video_id)
    assert await ledger.abandoned_uploads(LIFE) == []
    with pytest.raises(UploadOver):
        await ledger.take(upload.id, LEASE)


async def test_one_that_is_written_to_does_not_expire(ledger: Database) -> None:
    upload = await opened(ledger, lifetime=timedelta(0))
    await taken(ledger, upload)
    assert await ledger.abandoned_uploads(LIFE) == []


async def test_one_whose_video_was_deleted_is_given_up(ledger: Database) -> None:
    upload = await opened(ledger)
    await ledger.delete(upload.video_id)
    assert [video.id for video in await ledger.abandoned_uploads(LIFE)] == [upload.video_id]
    with pytest.raises(UploadOver):
        await ledger.take(upload.id, LEASE)


async def test_the_store_id_of_its_parts_is_there_for_the_sweep(ledger: Database) -> None:
    mine = await taken(ledger, await opened(ledger, lifetime=timedelta(0)))
    await ledger.start_parts(mine.id, mine.fence, "multipart")
    await ledger.let_go(mine.id, mine.fence)
    assert [video.upload_id for video in await ledger.abandoned_uploads(LIFE)] == ["multipart"]


async def test_old_ones_are_pruned_with_the_rest(ledger: Database) -> None:
    upload = await opened(ledger, lifetime=timedelta(0))
    await ledger.abandoned_uploads(LIFE)
    await ledger.discard(upload.video_id)
    await ledger.prune(timedelta(0))
    with pytest.raises(UploadMissing):
        await ledger.resumable(upload.id)


async def test_a_beat_that_comes_after_it_was_let_go_does_not_take_it_back(ledger: Database) -> None:
    mine = await taken(ledger, await opened(ledger))
    await ledger.let_go(mine.id, mine.fence)
    with pytest.raises(FenceLost):
        await ledger.keep(mine.id, mine.fence, LEASE)
    assert not (await ledger.resumable(mine.id))[1]


async def test_deleting_the_video_ends_an_upload_that_is_written_to(ledger: Database) -> None:
    mine = await taken(ledger, await opened(ledger))
    await ledger.delete(mine.video_id)
    with pytest.raises(UploadOver):
        await ledger.keep(mine.id, mine.fence, LEASE)
    with pytest.raises(UploadOver):
        await ledger.advance(mine.id, mine.fence, Advance(10, ["one"]), LIFE)
