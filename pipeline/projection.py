"""The one place where what an event says becomes what the status shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipeline.events import (
    DownloadMade,
    Envelope,
    Event,
    MetadataExtracted,
    PreviewMade,
    StageFailed,
    StoryboardMade,
    ThumbnailGenerated,
    VideoPlayable,
    VideoTranscoded,
)
from pipeline.video import Step, StepState, Video, VideoStatus

_POSTER = "large.jpg"
"""The picture every browser and every chat preview shows."""

_ORIGINAL = {"original", "original_type"}


def project(video: Video, envelope: Envelope, now: datetime) -> None:
    """Writes onto the video what `envelope` says of it as a whole."""
    event = envelope.event()
    _content(video, event)
    if isinstance(event, VideoPlayable | VideoTranscoded):
        video.playable_at = video.playable_at or now
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


def withdraw_original(video: Video) -> None:
    """The file was refused by a closer look than the one by which it plays as it is."""
    video.playback = {way: what for way, what in video.playback.items() if way not in _ORIGINAL}
    if not video.playback:
        video.playable_at = None


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
    video.playback = video.playback | _playback(event)
    if isinstance(event, MetadataExtracted):
        video.details = event.metadata


def _playback(event: Event) -> dict[str, Any]:
    """What an event adds to the ways in which a video can be watched."""
    match event:
        case VideoPlayable(by="original"):
            return {"original": event.original, "original_type": event.content_type}
        case VideoPlayable():
            return {"live": True}
        case VideoTranscoded():
            return {"hls": event.hls}
        case ThumbnailGenerated() if event.posters:
            return {"posters": event.posters, "poster": event.posters[_POSTER]}
        case StoryboardMade(storyboard=str(key)):
            return {"storyboard": key}
        case PreviewMade(preview=str(key)):
            return {"preview": key}
        case DownloadMade(download=key):
            return {"download": key}
        case _:
            return {}
