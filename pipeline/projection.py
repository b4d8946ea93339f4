"""The one place where what an event says becomes what the status shows."""

from collections.abc import Mapping
from datetime import datetime

from pipeline.events import (
    DownloadMade,
    Envelope,
    Event,
    MetadataExtracted,
    PreviewMade,
    StageFailed,
    StoryboardMade,
    ThumbnailGenerated,
    VideoTranscoded,
)
from pipeline.video import Step, StepState, Video, VideoStatus

_POSTER = "large.jpg"
"""The picture every browser and every chat preview shows."""


def project(video: Video, envelope: Envelope, now: datetime) -> None:
    """Writes onto the video what `envelope` says of it as a whole."""
    event = envelope.event()
    _content(video, event)
    if isinstance(event, MetadataExtracted):
        video.ready_at = now
        become_ready(video)
    if isinstance(event, StageFailed) and event.required and video.status == VideoStatus.PROCESSING:
        video.move(VideoStatus.FAILED)
        video.error = {
            "code": event.code,
            "message": event.message,
            "hint": event.hint,
            "stage": event.stage,
        }
    video.updated_at = now


def become_ready(video: Video) -> None:
    """Once everything was said of it; one that failed in another branch waits until that is mended."""
    if video.ready_at is not None and video.status == VideoStatus.PROCESSING:
        video.move(VideoStatus.READY)


def step_done(step: Step, fence: int, now: datetime) -> None:
    step.move(StepState.DONE)
    step.progress, step.fence, step.error, step.finished_at = 1.0, fence, None, now


def step_failed(step: Step, error: Mapping[str, str], now: datetime) -> None:
    step.move(StepState.FAILED)
    step.error, step.finished_at = dict(error), now


def step_retrying(step: Step, error: Mapping[str, str]) -> None:
    step.move(StepState.RETRYING)
    step.error = dict(error)


def _content(video: Video, event: Event) -> None:
    match event:
        case VideoTranscoded():
            video.playback = video.playback | {"hls": event.hls}
        case ThumbnailGenerated() if event.posters:
            video.playback = video.playback | {"posters": event.posters, "poster": event.posters[_POSTER]}
        case StoryboardMade(storyboard=str(key)):
            video.playback = video.playback | {"storyboard": key}
        case PreviewMade(preview=str(key)):
            video.playback = video.playback | {"preview": key}
        case DownloadMade(download=key):
            video.playback = video.playback | {"download": key}
        case MetadataExtracted():
            video.details = event.metadata
        case _:
            pass
