"""Tells whoever asked that a video is ready or failed: what the notice says, not how it travels."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from pipeline.events import (
    Envelope,
    Event,
    MetadataExtracted,
    StageFailed,
    UserNotified,
    derived_id,
)
from pipeline.job import Job, VideoSnapshot
from pipeline.ports import Notifier


def worth_telling(event: Event) -> bool:
    """Not the failure of a side branch, and so never notify's own."""
    return not isinstance(event, StageFailed) or event.required


async def notify(
    event: MetadataExtracted | StageFailed,
    job: Job,
    *,
    notifier: Notifier,
    default_url: str | None,
    public_url: str,
) -> Sequence[Event]:
    about = "failed" if isinstance(event, StageFailed) else "ready"
    url = job.video.notify_url or default_url
    if url is None:
        return [UserNotified(delivered=False, about=about)]
    payload = {
        "type": f"video.{about}",
        "timestamp": job.envelope.time.isoformat(),
        "data": _data(event, job.video, about, public_url.rstrip("/")),
    }
    await notifier.send(url, message_id=_notice_id(job.envelope), payload=payload)
    return [UserNotified(delivered=True, about=about)]


def _notice_id(envelope: Envelope) -> str:
    """Of what is told and not of the event's id, which a replay changes: a notice sent again counts once."""
    about = (envelope.subject, str(envelope.run), envelope.type, envelope.time.isoformat())
    return f"msg_{derived_id(*about)}"


def _data(
    event: MetadataExtracted | StageFailed, video: VideoSnapshot, status: str, public_url: str
) -> Mapping[str, object]:
    about = {
        "id": video.id,
        "title": video.title,
        "filename": video.filename,
        "status": status,
        "links": _links(video, public_url),
    }
    if isinstance(event, StageFailed):
        return about | {"error": event.model_dump(include={"code", "message", "hint", "stage"})}
    return about | {"metadata": event.metadata}


def _links(video: VideoSnapshot, public_url: str) -> Mapping[str, str]:
    media = {
        role: f"{public_url}/media/{quote(video.playback[role])}"
        for role in ("hls", "poster")
        if video.playback.get(role)
    }
    return {
        "self": f"{public_url}/v1/videos/{video.id}",
        "page": f"{public_url}/videos/{video.id}",
        **media,
    }
