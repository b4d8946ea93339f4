"""Server-sent events as bytes. A frame lacks its last line, so that the same bytes serve every stream: there
the last one of a batch gets the cursor, which promises that all before it has been sent."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from upload_api.schemas import VideoOut

OPENING = b"retry: 2000\n\n"
"""Milliseconds until a browser connects again."""
RESET = b"event: reset\ndata: {}\n"
BEAT = b": still here\nevent: beat\ndata: {}\n"
"""The comment is for what lies between; scripts see only events, and know a dead line by their absence."""

_MEMORY = timedelta(hours=1)
"""For so long a client may be away and still be told what it missed."""
_CURSOR = re.compile(r"[0-9]{1,14}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def video_frame(shown: VideoOut) -> bytes:
    return f"event: video\ndata: {shown.model_dump_json()}\n".encode()


def gone_frame(video_id: str) -> bytes:
    return f'event: gone\ndata: {{"id": "{video_id}"}}\n'.encode()


def batch(frames: Sequence[bytes], mark: datetime | None) -> bytes:
    """`mark` where everything up to it is sent with this."""
    end = f"id: {(mark - _EPOCH) // _MILLISECOND}\n\n".encode() if mark else b"\n"
    return b"\n".join(frames) + end


def mark_of(cursor: str, now: datetime) -> datetime | None:
    """None for one that nobody was given, or too long ago."""
    if not _CURSOR.fullmatch(cursor):
        return None
    mark = _EPOCH + int(cursor) * _MILLISECOND
    return mark if abs(now - mark) < _MEMORY else None
