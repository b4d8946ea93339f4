"""Uploads, on every database: begun, seen alive, accepted with their first event, or forgotten."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlmodel import update

from pipeline.adapters.database import Database
from pipeline.errors import KeyReused, UploadInProgress, VideoMissing
from pipeline.events import Envelope, VideoUploaded
from pipeline.tracing import new_traceparent, trace_id
from pipeline.uploading import Begun, NewUpload
from pipeline.video import Video
from tests.contract.ledgers import TABLE, accepted, rewrite, unpublished

KEYED = NewUpload(filename="a.mp4", idempotency_key="key", fingerprint="a.mp4 5 bytes")


async def test_an_upload_begins_as_a_video_that_is_uploading(ledger: Database) -> None:
    new = NewUpload("a.mp4", "video/mp4", "A film", "https://example.com/hook")
    begun = await ledger.begin(new)
    video, steps = await ledger.video(begun.video.id)
    assert not begun.repeated
    assert (video.status, video.run, video.size) == ("uploading", 1, None)
    assert (video.filename, video.content_type, video.title) == ("a.mp4", "video/mp4", "A film")
    assert video.notify_url == "https://example.com/hook"
    assert video.source == f"{video.id}/source"
    assert list(steps) == []


async def test_uploads_without_a_key_are_never_taken_for_each_other(ledger: Database) -> None:
    one, two = [await ledger.begin(NewUpload("a.mp4")) for _ in range(2)]
    assert one.video.id != two.video.id


async def test_a_key_repeated_after_its_upload_was_accepted_gives_the_same_video(ledger: Database) -> None:
    begun = await ledger.begin(KEYED)
    await ledger.accept(begun.video.id, 5, new_traceparent())
    again = await ledger.begin(KEYED)
    assert (again.repeated, again.video.id, again.video.status) == (True, begun.video.id, "processing")


async def test_a_key_used_for_a_different_upload_is_refused(ledger: Database) -> None:
    await ledger.begin(KEYED)
    with pytest.raises(KeyReused):
        await ledger.begin(NewUpload("b.mp4", idempotency_key="key", fingerprint="b.mp4 6 bytes"))


async def test_a_key_whose_upload_is_alive_must_wait(ledger: Database) -> None:
    await ledger.begin(KEYED)
    with pytest.raises(UploadInProgress):
        await ledger.begin(KEYED)


async def test_a_key_whose_upload_was_abandoned_is_taken_over_by_a_new_video(ledger: Database) -> None:
    begun = await ledger.begin(KEYED)
    await rewrite(ledger, update(Video).values(upload_seen_at=datetime(2020, 1, 1, tzinfo=UTC)))
    again = await ledger.begin(KEYED)
    assert (again.repeated, again.video.id == begun.video.id) == (False, False)
    for late in (ledger.seen(begun.video.id), ledger.accept(begun.video.id, 5, "t")):
        with pytest.raises(VideoMissing):
            await late
    with pytest.raises(UploadInProgress):
        await ledger.begin(KEYED)


async def test_of_ten_requests_with_one_key_at_once_one_may_upload(ledger: Database) -> None:
    answers = await asyncio.gather(*(ledger.begin(KEYED) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(answer, Begun) for answer in answers) == 1
    assert sum(isinstance(answer, UploadInProgress) for answer in answers) == 9


async def test_a_deleted_video_gives_its_key_free(ledger: Database) -> None:
    begun = await ledger.begin(KEYED)
    await ledger.delete(begun.video.id)
    assert (await ledger.begin(KEYED)).video.id != begun.video.id


async def test_the_stores_upload_id_is_kept_while_the_upload_lasts(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4"))
    await ledger.started(begun.video.id, "multipart-1")
    assert (await ledger.video(begun.video.id))[0].upload_id == "multipart-1"
    await ledger.accept(begun.video.id, 5, new_traceparent())
    assert (await ledger.video(begun.video.id))[0].upload_id is None


async def test_an_upload_that_is_seen_is_alive_from_then_on(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4"))
    await ledger.seen(begun.video.id)
    seen_at = (await ledger.video(begun.video.id))[0].upload_seen_at
    assert seen_at is not None
    assert begun.video.upload_seen_at is not None
    assert seen_at > begun.video.upload_seen_at


async def test_accepting_makes_the_video_processing_plans_its_steps_and_tells_of_it(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4", "video/mp4"))
    traceparent = new_traceparent()
    (message,) = await ledger.accept(begun.video.id, 5_000_000_000, traceparent)
    video, steps = await ledger.video(begun.video.id)
    assert (video.status, video.size) == ("processing", 5_000_000_000)
    assert [step.stage for step in steps] == [stage.name for stage in TABLE]
    assert {step.state for step in steps} == {"waiting"}
    assert await unpublished(ledger) == [message]
    envelope = Envelope.decode(message.body)
    assert envelope.event() == VideoUploaded(
        source=video.source, filename="a.mp4", size=5_000_000_000, content_type="video/mp4"
    )
    assert (envelope.subject, envelope.run, message.mandatory) == (video.id, 1, True)
    assert trace_id(envelope.traceparent) == trace_id(traceparent)


async def test_an_upload_is_accepted_once(ledger: Database) -> None:
    envelope = await accepted(ledger)
    with pytest.raises(VideoMissing):
        await ledger.accept(envelope.subject, 5, new_traceparent())
    assert len(await unpublished(ledger)) == 1


async def test_a_discarded_upload_is_unknown_to_everybody(ledger: Database) -> None:
    begun = await ledger.begin(KEYED)
    await ledger.discard(begun.video.id)
    with pytest.raises(VideoMissing):
        await ledger.seen(begun.video.id)
    with pytest.raises(VideoMissing):
        await ledger.started(begun.video.id, "multipart-1")
    with pytest.raises(VideoMissing):
        await ledger.accept(begun.video.id, 5, new_traceparent())
    with pytest.raises(VideoMissing):
        await ledger.video(begun.video.id)
    assert await unpublished(ledger) == []
    await ledger.discard(begun.video.id)


async def test_an_accepted_video_cannot_be_discarded(ledger: Database) -> None:
    envelope = await accepted(ledger)
    await ledger.discard(envelope.subject)
    assert (await ledger.video(envelope.subject))[0].status == "processing"
