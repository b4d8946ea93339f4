"""What a notice says, to whom it goes, and when none is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.errors import Transient
from pipeline.events import Event, MetadataExtracted, StageFailed, UserNotified, first_envelope
from pipeline.job import Job, VideoSnapshot
from workers.notify import notify, worth_telling

READY = MetadataExtracted(hls="v1/1/transcode/1/master.m3u8", metadata={"duration": 20.0})
FAILED = StageFailed(
    stage="transcode", required=True, code="no_video", message="It has none.", hint="Look.", attempts=1
)


@dataclass
class Outbox:
    sent: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    error: Exception | None = None

    async def send(self, url: str, *, message_id: str, payload: Mapping[str, object]) -> None:
        if self.error:
            raise self.error
        self.sent.append((url, message_id, payload))


def job_of(event: Event, *, notify_url: str | None = "https://a.example/hook", **playback: str) -> Job:
    video = VideoSnapshot(
        id="v1",
        run=1,
        status="ready",
        title="A day",
        filename="day.mp4",
        source="v1/source/day.mp4",
        size=1,
        notify_url=notify_url,
        created_at=datetime.now(UTC),
        playback=playback,
        details={},
        error=None,
    )
    envelope = first_envelope(event, source="/test", video_id="v1", run=1, traceparent="00-0-0-01")
    return Job(video, envelope, MemoryStore(), Path("unused"), "v1/1/notify/1/")


async def tell(
    event: MetadataExtracted | StageFailed,
    job: Job | None = None,
    default_url: str | None = None,
    public_url: str = "https://watch.example/",
) -> tuple[Outbox, list[Event]]:
    outbox = Outbox()
    job = job or job_of(event)
    events = await notify(event, job, notifier=outbox, default_url=default_url, public_url=public_url)
    return outbox, [*events]


async def test_a_ready_video_is_told_with_where_it_plays() -> None:
    job = job_of(READY, hls="v1/1/transcode/1/master.m3u8", poster="v1/1/thumbnail/1/large poster.webp")
    outbox, events = await tell(READY, job)
    ((url, _, payload),) = outbox.sent
    assert url == "https://a.example/hook"
    assert payload == {
        "type": "video.ready",
        "timestamp": job.envelope.time.isoformat(),
        "data": {
            "id": "v1",
            "title": "A day",
            "filename": "day.mp4",
            "status": "ready",
            "links": {
                "self": "https://watch.example/v1/videos/v1",
                "page": "https://watch.example/videos/v1",
                "hls": "https://watch.example/media/v1/1/transcode/1/master.m3u8",
                "poster": "https://watch.example/media/v1/1/thumbnail/1/large%20poster.webp",
            },
            "metadata": {"duration": 20.0},
        },
    }
    assert events == [UserNotified(delivered=True, about="ready")]


async def test_a_failed_video_is_told_with_why_and_what_to_do() -> None:
    outbox, events = await tell(FAILED)
    ((_, _, payload),) = outbox.sent
    assert payload["type"] == "video.failed"
    assert payload["data"]["status"] == "failed"
    assert payload["data"]["links"].keys() == {"self", "page"}
    error = {"stage": "transcode", "code": "no_video", "message": "It has none.", "hint": "Look."}
    assert payload["data"]["error"] == error
    assert events == [UserNotified(delivered=True, about="failed")]


async def test_a_notice_that_is_sent_again_has_the_same_id_also_after_a_replay() -> None:
    job = job_of(READY)
    first, _ = await tell(READY, job)
    replayed = replace(job, envelope=job.envelope.model_copy(update={"id": "replayed"}))
    second, _ = await tell(READY, replayed)
    assert first.sent == second.sent
    assert first.sent[0][1].startswith("msg_")


async def test_the_uploads_own_address_goes_before_the_configured_one() -> None:
    outbox, _ = await tell(READY, default_url="https://b.example/")
    assert outbox.sent[0][0] == "https://a.example/hook"


async def test_the_configured_address_is_used_when_the_upload_named_none() -> None:
    outbox, _ = await tell(READY, job_of(READY, notify_url=None), default_url="https://b.example/")
    assert outbox.sent[0][0] == "https://b.example/"


@pytest.mark.parametrize(("event", "about"), [(READY, "ready"), (FAILED, "failed")])
async def test_nobody_to_tell_is_said_and_is_no_failure(
    event: MetadataExtracted | StageFailed, about: str
) -> None:
    outbox, events = await tell(event, job_of(event, notify_url=None))
    assert outbox.sent == []
    assert events == [UserNotified(delivered=False, about=about)]


@pytest.mark.parametrize(
    "event",
    [
        FAILED.model_copy(update={"stage": "notify", "required": False}),
        FAILED.model_copy(update={"stage": "captions", "required": False}),
    ],
    ids=["its own failure", "a side branch"],
)
def test_a_failure_that_is_not_the_videos_is_not_worth_telling(event: StageFailed) -> None:
    assert not worth_telling(event)
    assert worth_telling(FAILED)
    assert worth_telling(READY)


async def test_a_notice_that_fails_is_left_to_the_runner() -> None:
    outbox = Outbox(error=Transient("It is down."))
    with pytest.raises(Transient):
        await notify(READY, job_of(READY), notifier=outbox, default_url=None, public_url="https://x.example")
