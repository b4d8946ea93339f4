"""What a failed ffmpeg or ffprobe run means, from its exit code and the end of stderr."""

import re

from pipeline.errors import ObjectMissing, ReelmillError, ScratchFull, StoreAway
from workers.media.allowed import MAX_STREAMS
from workers.media.errors import (
    CodecRefused,
    ContainerRefused,
    Damaged,
    FfmpegKilled,
    NotConfined,
    NotMedia,
    OutputIncomplete,
    SourceUnreadable,
    StillImage,
    TooManyPixels,
    TooManyStreams,
)
from workers.media.process import DISK_FULL, ToolFailed

_BROKEN_OFF = r"Connection reset|Connection timed out|Stream ends prematurely|Will reconnect|HTTP error 40\d"
_UNDECODABLE = r"[Ee]rror while decoding|Invalid data found|[Cc]orrupt|decode_slice_header error"
_NO_INDEX = r"moov atom not found"
_SIGNS: tuple[tuple[str, type[ReelmillError]], ...] = (
    # ffmpeg never ran; it begins no line so itself, and no file can make it.
    (r"\A(?:nice|taskset|prlimit|setpriv): ", NotConfined),
    # Refusals that end a run at once, and that no other fault looks like.
    (r"\[(?:\w+_pipe|image2|gif|apng|svg\w*|webp\w*) @ \w+\] Format not on whitelist", StillImage),
    (r"Format not on whitelist", ContainerRefused),
    (r"exceeds max_streams", TooManyStreams),
    # Then what is not the file's fault: a read that broke off also looks like damage further down.
    (DISK_FULL, ScratchFull),
    (r"Cannot allocate memory", FfmpegKilled),
    (
        r"Connection refused|Failed to resolve|Network is unreachable|5XX Server Error|HTTP error 5\d\d",
        StoreAway,
    ),
    (r"HTTP error 404|Server returned 404|No such file or directory", ObjectMissing),
    (_BROKEN_OFF, SourceUnreadable),
    # Last what is also said of streams that were not asked for.
    (r"exceeds specified max pixel count", TooManyPixels),
    (r"Codec \(\w+\) not on whitelist|Decoder \(codec \S+\) not found", CodecRefused),
    (_NO_INDEX, Damaged),
)
_SIGNALLED = (255, 130, 143)
"""What ffmpeg returns when a signal told it to stop."""


def explain(failure: ToolFailed, *, otherwise: type[ReelmillError] = Damaged) -> ReelmillError:
    """The error to raise for `failure`; `otherwise` when stderr gives no other sign."""
    if failure.code < 0 or failure.code in _SIGNALLED:
        return FfmpegKilled(f"It ended by signal {abs(failure.code)}.")
    found = next((kind for pattern, kind in _SIGNS if re.search(pattern, failure.stderr)), otherwise)
    return found(_detail(found, failure.stderr))


def lost(said: str, stderr: str) -> ReelmillError:
    """The error for output that is missing although ffmpeg ended well: the source's fault, or our own."""
    if re.search(_BROKEN_OFF, stderr):  # first, for what is cut off also cannot be decoded
        return SourceUnreadable(said)
    return Damaged(said) if re.search(_UNDECODABLE, stderr) else OutputIncomplete(said)


def _detail(kind: type[ReelmillError], stderr: str) -> str | None:
    if kind is ContainerRefused and (name := re.search(r"\[([\w,]+) @ \w+\] Format not on", stderr)):
        return f"It is {name[1].split(',')[0]}."
    if kind is CodecRefused and (
        name := re.search(r"(?:Codec|codec) \(?(\w+)\)? ?(?:not on|not found)", stderr)
    ):
        return f"It uses {name[1]}."
    if kind is NotConfined:
        return f"{_last_line(stderr)}."
    if kind is TooManyStreams:
        return f"At most {MAX_STREAMS} are accepted."
    if kind is Damaged and re.search(_NO_INDEX, stderr):
        return "Its index is missing, as when a recording or a copy was broken off."
    if kind in (Damaged, NotMedia) and (line := _last_line(stderr)):
        return f"ffmpeg says: {line}"
    return None


def _last_line(stderr: str) -> str:
    """What was said last, without addresses: a presigned URL in a log or a page would be a key."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return re.sub(r"(?:https?|file):\S+", "the source:", lines[-1])[:200] if lines else ""
