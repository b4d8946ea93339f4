"""Which of a file's streams are meant to be seen and heard."""

from collections.abc import Sequence

from workers.media.fields import Json, length

_BESIDE = ("comment", "visual_impaired", "hearing_impaired", "karaoke", "dependent")
"""Sound that is no film's own."""


def seen(streams: Sequence[Json], playable: frozenset[str]) -> Json | None:
    """`playable` are the codecs that can be decoded: a stream in one of them is preferred."""
    videos = [stream for stream in streams if _is_moving(stream)]
    longest = max((length(stream) or 0.0 for stream in videos), default=0.0)
    return max(videos, key=lambda stream: _best_seen(stream, playable, longest), default=None)


def heard(streams: Sequence[Json], playable: frozenset[str]) -> Json | None:
    return max(audible(streams), key=lambda stream: _best_heard(stream, playable), default=None)


def audible(streams: Sequence[Json]) -> list[Json]:
    return [stream for stream in streams if stream.get("codec_type") == "audio"]


def _is_moving(stream: Json) -> bool:
    """Cover art, thumbnails and stills are kept in video streams too."""
    said = stream.get("disposition", {})
    still = any(said.get(name) for name in ("attached_pic", "timed_thumbnails", "still_image"))
    return stream.get("codec_type") == "video" and not still


def _best_seen(stream: Json, playable: frozenset[str], longest: float) -> tuple[bool, bool, int, bool, int]:
    """The largest that lasts: phones keep single frames of full size beside a film, and previews of it."""
    lasts = (length(stream) or longest) * 2 >= longest
    return (
        stream.get("codec_name") in playable,
        lasts,
        _area(stream),
        _is_default(stream),
        -int(stream["index"]),
    )


def _best_heard(stream: Json, playable: frozenset[str]) -> tuple[bool, bool, bool, int]:
    """What the file's maker chose, and rather the film's own sound than one made to go with it."""
    said = stream.get("disposition", {})
    beside = any(said.get(name) for name in _BESIDE)
    return stream.get("codec_name") in playable, _is_default(stream), not beside, -int(stream["index"])


def _is_default(stream: Json) -> bool:
    return bool(stream.get("disposition", {}).get("default"))


def _area(stream: Json) -> int:
    return int(stream.get("width", 0)) * int(stream.get("height", 0))
