"""Uploads straight to the store, on every database: announced, accepted like any other, or given up."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.adapters.database import Database
from pipeline.direct import DirectUpload
from pipeline.errors import DirectUploadMissing
from pipeline.events import Envelope, VideoUploaded
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload

DAY = timedelta(days=1)
LARGE = 5_000_000_001
"""Bytes: more than 32 bits."""


async def announced(ledger: Database, lifetime: timedelta = DAY) -> str:
    new = NewUpload("a.mp4", "video/mp4", "A film", "https://example.com/hook")
    return await ledger.reserve(new, size=LARGE, part_bytes=1_000_000_000, lifetime=lifetime)


async def opened(ledger: Database) -> DirectUpload:
    return await ledger.open_direct(await announced(ledger), "the-store's-id")


async def test_it_is_a_video_that_is_uploading(ledger: Database) -> None:
    upload = await opened(ledger)
    video, steps = await ledger.video(upload.video_id)
    assert (video.status, video.size, video.upload_id) == ("uploading", LARGE, "the-store's-id")
    assert (video.title, video.notify_url) == ("A film", "https://example.com/hook")
    assert list(steps) == []


async def test_it_is_found_as_it_was_opened(ledger: Database) -> None:
    upload = await opened(ledger)
    assert await ledger.direct(upload.video_id) == upload
    assert (upload.source, upload.multipart) == (f"{upload.video_id}/source", "the-store's-id")
    assert (upload.size, upload.part_bytes, upload.parts) == (LARGE, 1_000_000_000, 6)
    assert timedelta(hours=23) < upload.expires_at - datetime.now(UTC) < timedelta(hours=25)


async def test_it_is_accepted_like_any_other_upload(ledger: Database) -> None:
    upload = await opened(ledger)
    (message,) = await ledger.accept(upload.video_id, LARGE, new_traceparent())
    event = Envelope.decode(message.body).event()
    assert event == VideoUploaded(
        source=upload.source, filename="a.mp4", size=LARGE, content_type="video/mp4"
    )
    with pytest.raises(DirectUploadMissing):
        await ledger.direct(upload.video_id)


async def test_silence_does_not_end_it_and_age_does(ledger: Database) -> None:
    upload = await opened(ledger)
    assert await ledger.abandoned_uploads(timedelta(0)) == []
    old = await announced(ledger, lifetime=timedelta(0))
    (given_up,) = await ledger.abandoned_uploads(timedelta(0))
    assert given_up.id == old
    await ledger.direct(upload.video_id)


async def test_one_whose_time_is_up_is_not_found(ledger: Database) -> None:
    old = await announced(ledger, lifetime=timedelta(0))
    with pytest.raises(DirectUploadMissing):
        await ledger.direct(old)
    with pytest.raises(DirectUploadMissing):
        await ledger.open_direct(old, "the-store's-id")


async def test_one_that_was_deleted_is_not_found_and_goes_with_the_sweep(ledger: Database) -> None:
    upload = await opened(ledger)
    await ledger.delete(upload.video_id)
    with pytest.raises(DirectUploadMissing):
        await ledger.direct(upload.video_id)
    assert [video.id for video in await ledger.abandoned_uploads(DAY)] == [upload.video_id]


async def test_a_video_that_came_otherwise_is_none(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4"))
    for video_id in (begun.video.id, "nobody"):
        with pytest.raises(DirectUploadMissing):
            await ledger.direct(video_id)


async def test_one_that_is_discarded_leaves_nothing(ledger: Database) -> None:
    upload = await opened(ledger)
    await ledger.discard(upload.video_id)
    with pytest.raises(DirectUploadMissing):
        await ledger.direct(upload.video_id)
    assert await ledger.abandoned_uploads(timedelta(0)) == []
