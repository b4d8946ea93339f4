"""Rows as the API shows them: what a video's progress is, and where its files are served."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.ledger import TimelineEntry
from pipeline.letters import DeadLetter
from pipeline.video import Step, StepState, Video, VideoStatus
from upload_api.ops_schemas import DeadLetterOut
from upload_api.schemas import (
    ErrorOut,
    EventOut,
    Playback,
    StepOut,
    VideoLinks,
    VideoOut,
)
from upload_api.watchable import is_live, is_playable, original_of

_AFTERMATH = timedelta(seconds=30)
"""How long after its end a video's waiting steps are expected to begin: the notice, a side branch."""
_TOLD = {name: f"reelmill-{name}" for name in ("error", "reason", "code", "attempt", "attempts", "delay")}
"""Of a retry's or dead letter's headers; the stack and the host are for /v1/dead-letters."""


def video_out(video: Video, steps: Sequence[Step]) -> VideoOut:
    return VideoOut.model_validate(
        {
            **video.model_dump(
                include={"id", "status", "title", "filename", "size", "content_type"}
                | {"created_at", "updated_at", "playable_at", "ready_at", "trace_id"}
            ),
            "progress": progress(video, steps),
            "playable": is_playable(video),
            "steps": [_step_out(step) for step in steps],
            "error": _error_out(video.error),
            "playback": _playback(video),
            "metadata": video.details or None,
            "links": _links(video.id),
        }
    )


def progress(video: Video, steps: Sequence[Step]) -> float:
    """How much of the work is done, each step by its weight; a ready video is done whatever still runs."""
    if video.status == VideoStatus.READY:
        return 1.0
    total = sum(step.weight for step in steps)
    done = sum(step.weight * _share(step) for step in steps)
    return round(min(done / total, 1.0), 4) if total else 0.0


def still_changes(video: Video, steps: Sequence[Step]) -> bool:
    """By itself, its notice included. A step that still waits may do so for ever, behind one that failed."""
    if video.status in {VideoStatus.UPLOADING, VideoStatus.PROCESSING}:
        return True
    moving = {StepState.RUNNING, StepState.RETRYING}
    if datetime.now(UTC) - video.updated_at < _AFTERMATH:
        moving.add(StepState.WAITING)
    return any(step.state in moving for step in steps)


def event_out(entry: TimelineEntry) -> EventOut:
    return EventOut(
        id=entry.id,
        event_id=entry.event_id,
        kind=entry.kind,
        type=entry.type,
        version=entry.version,
        run=entry.run,
        stage=entry.stage,
        time=entry.time,
        published=entry.published_at is not None,
        published_at=entry.published_at,
        data=entry.data,
        note={name: entry.note[key] for name, key in _TOLD.items() if key in entry.note},
    )


def dead_letter_out(letter: DeadLetter) -> DeadLetterOut:
    return DeadLetterOut.model_validate(letter, from_attributes=True)


def _share(step: Step) -> float:
    return 1.0 if step.state == StepState.DONE else min(max(step.progress, 0.0), 1.0)


def _step_out(step: Step) -> StepOut:
    return StepOut.model_validate(
        {
            "name": step.stage,
            "state": step.state,
            "progress": _share(step),
            "attempts": step.attempts,
            "started": step.started_at,
            "finished": step.finished_at,
            "error": _error_out(step.error),
        }
    )


def _error_out(error: Mapping[str, str] | None) -> ErrorOut | None:
    if not error:
        return None
    return ErrorOut(
        code=error.get("code", "internal"), message=error.get("message", ""), hint=error.get("hint", "")
    )


def _playback(video: Video) -> Playback | None:
    keys: Mapping[str, Any] = video.playback
    if not keys:
        return None
    original = original_of(video)
    return Playback(
        hls=_media(keys.get("hls")),
        live=f"/v1/videos/{video.id}/live/master.m3u8" if is_live(video) else None,
        original=_media(f"{video.id}/original") if original else None,
        original_type=original.content_type if original else None,
        poster=_media(keys.get("poster")),
        posters={name: f"/media/{key}" for name, key in (keys.get("posters") or {}).items()},
        **{name: _media(keys.get(name)) for name in ("storyboard", "preview", "download")},
    )


def _media(key: str | None) -> str | None:
    return f"/media/{key}" if key else None


def _links(video_id: str) -> VideoLinks:
    own = f"/v1/videos/{video_id}"
    return VideoLinks(self=own, events=f"{own}/events", page=f"/videos/{video_id}")
