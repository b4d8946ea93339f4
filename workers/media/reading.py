"""Reads ffprobe's JSON: which streams of a file are meant to be seen and heard, and what each is."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from workers.media.source import JUMPING, Colour, Picture, Sound, Source, Stream

Json = Mapping[str, Any]

_BESIDE = ("comment", "visual_impaired", "hearing_impaired", "karaoke", "dependent")
"""Sound that is no film's own."""
_DOLBY_ALONE = 5
_INTERLACED = ("tt", "bb", "tb", "bt")
_NAMED_TURN = re.compile(r"htc_video_rotA-(000|090|180|270)")
"""HTC phones wrote how to turn a picture into its track name; ExoPlayer heeds it (MatroskaExtractor)."""
_LONGEST_TITLE = 100
"""Characters: a line of a menu. A tag may hold megabytes, which no message can carry."""


def read_source(answer: Json, playable: frozenset[str]) -> Source:
    """`playable` are the codecs that can be decoded: a stream in one of them is preferred."""
    container, streams = answer.get("format", {}), _marked(answer)
    videos = [stream for stream in streams if _is_moving(stream)]
    audios = [stream for stream in streams if stream.get("codec_type") == "audio"]
    longest = max((_length(stream) or 0.0 for stream in videos), default=0.0)
    video = max(videos, key=lambda stream: _best_seen(stream, playable, longest), default=None)
    audio = max(audios, key=lambda stream: _best_heard(stream, playable), default=None)
    origin = _origin(container, [stream for stream in (video, audio) if stream is not None])
    picture = _picture(video, origin) if video is not None else None
    sound = _sound(audio, origin) if audio is not None else None
    ends = [stream.ends for stream in (picture, sound) if stream is not None and stream.ends]
    return Source(
        container=str(container.get("format_name", "")),
        duration=max(ends) if ends else _seconds(container.get("duration")),
        starts=origin,
        size=_whole(container.get("size")) or 0,
        bit_rate=_whole(container.get("bit_rate")),
        video=picture,
        audio=sound,
        audio_streams=len(audios),
        tags=_tags(container, video or audio or {}),
        streams=tuple(_stream(stream) for stream in streams),
    )


def _marked(answer: Json) -> list[Json]:
    """The streams, each with what its first packets carry: some encryption is marked there alone."""
    beside: dict[int, list[Json]] = {}
    for packet in answer.get("packets", []):
        beside.setdefault(packet.get("stream_index", -1), []).extend(packet.get("side_data_list", []))
    return [
        {**stream, "side_data_list": [*stream.get("side_data_list", []), *beside.get(stream["index"], [])]}
        for stream in answer.get("streams", [])
    ]


def _stream(stream: Json) -> Stream:
    said = stream.get("disposition", {})
    return Stream(
        index=int(stream["index"]),
        type=str(stream.get("codec_type", "unknown")),
        codec=_telemetry(stream) or _codec(stream),
        language=_language(stream),
        default=bool(said.get("default")),
        attached_picture=bool(said.get("attached_pic")),
        title=_title(stream),
        forced=bool(said.get("forced")),
    )


def _is_moving(stream: Json) -> bool:
    """Cover art, thumbnails and stills are kept in video streams too."""
    said = stream.get("disposition", {})
    still = any(said.get(name) for name in ("attached_pic", "timed_thumbnails", "still_image"))
    return stream.get("codec_type") == "video" and not still


def _best_seen(stream: Json, playable: frozenset[str], longest: float) -> tuple[bool, bool, int, bool, int]:
    """The largest that lasts: phones keep single frames of full size beside a film, and previews of it."""
    lasts = (_length(stream) or longest) * 2 >= longest
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


def _picture(stream: Json, origin: float) -> Picture:
    turn = _named_turn(stream)
    turned = (_rotation(stream) + turn) % 360
    coded = int(stream.get("width", 0)), int(stream.get("height", 0))
    width, height = _squared(*coded, _fraction(stream.get("sample_aspect_ratio")))
    if turned in (90, 270):
        width, height = height, width
    return Picture(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        profile=stream.get("profile"),
        width=width,
        height=height,
        coded_width=coded[0],
        coded_height=coded[1],
        rotation=turned,
        turn=turn,
        pixel_format=stream.get("pix_fmt"),
        colour=_colour(stream),
        nominal_rate=_fraction(stream.get("r_frame_rate")),
        average_rate=_fraction(stream.get("avg_frame_rate")),
        interlaced=_is_interlaced(stream),
        bit_rate=_whole(stream.get("bit_rate")) or _whole(_tag(stream, "BPS")),
        ends=_end(stream, origin),
        encrypted=_is_encrypted(stream),
        dolby_only=_is_dolby_only(stream),
        begins=_begin(stream, origin),
    )


def _sound(stream: Json, origin: float) -> Sound:
    return Sound(
        index=int(stream["index"]),
        codec=_codec(stream),
        profile=stream.get("profile"),
        channels=int(stream.get("channels", 0)),
        layout=stream.get("channel_layout"),
        sample_rate=_whole(stream.get("sample_rate")) or 0,
        bit_rate=_whole(stream.get("bit_rate")) or _whole(_tag(stream, "BPS")),
        language=_language(stream),
        ends=_end(stream, origin),
        encrypted=_is_encrypted(stream),
        begins=_begin(stream, origin),
    )


def _telemetry(stream: Json) -> str | None:
    """The tag of a track of data, such as `gpmd` or `tmcd`: its codec is `bin_data`, whatever it holds."""
    return str(stream["codec_tag_string"]) if stream.get("codec_name") == "bin_data" else None


def _codec(stream: Json) -> str:
    return str(stream.get("codec_name", stream.get("codec_tag_string", "unknown")))


def _language(stream: Json) -> str | None:
    """As the file has it, if it is a code such as `eng` or `pt-BR`; anybody may write anything there."""
    said = _tag(stream, "language") or ""
    return said if said != "und" and re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}", said) else None


def _title(stream: Json) -> str | None:
    said = "".join(letter for letter in _tag(stream, "title") or "" if letter.isprintable())
    return said.strip()[:_LONGEST_TITLE] or None


def _colour(stream: Json) -> Colour:
    return Colour(
        matrix=stream.get("color_space"),
        primaries=stream.get("color_primaries"),
        transfer=stream.get("color_transfer"),
        full_range=stream.get("color_range") == "pc" or str(stream.get("pix_fmt")).startswith("yuvj"),
    )


def _rotation(stream: Json) -> int:
    """To the nearest quarter turn. ffprobe counts counter-clockwise, and an empty matrix gives nonsense."""
    degrees = next((side["rotation"] for side in stream.get("side_data_list", []) if "rotation" in side), 0)
    return round(-float(degrees) / 90) * 90 % 360 if abs(float(degrees)) <= 360 else 0


def _named_turn(stream: Json) -> int:
    named = _NAMED_TURN.fullmatch(_tag(stream, "title") or "")
    return int(named[1]) if named else 0


def _is_interlaced(stream: Json) -> bool:
    """DV says it of its frames alone; the filter leaves those be that say nothing."""
    return stream.get("field_order") in _INTERLACED or stream.get("codec_name") == "dvvideo"


def _is_dolby_only(stream: Json) -> bool:
    """Dolby Vision of profile 5, compatible with nothing: green and purple on any other screen."""
    told: Json = next((side for side in stream.get("side_data_list", []) if "dv_profile" in side), {})
    return told.get("dv_profile") == _DOLBY_ALONE and not told.get("dv_bl_signal_compatibility_id")


def _squared(width: int, height: int, pixel: Fraction) -> tuple[int, int]:
    """The size with square pixels. A pixel ten times as wide as high is a broken header."""
    if not Fraction(1, 10) <= pixel <= 10:
        return width, height
    return round(width * pixel), height


def _is_encrypted(stream: Json) -> bool:
    kinds = [side.get("side_data_type", "") for side in stream.get("side_data_list", [])]
    by_tag = stream.get("codec_tag_string") in ("encv", "enca") or _tag(stream, "enc_key_id") is not None
    return by_tag or any(kind.startswith("Encryption") for kind in kinds)


def _origin(container: Json, chosen: Sequence[Json]) -> float:
    """Where ffmpeg starts to count: with the whole file, or with the chosen streams where clocks may jump."""
    starts = [_seconds(stream.get("start_time")) for stream in chosen]
    if starts and container.get("format_name") in JUMPING:
        return min(start or 0.0 for start in starts)
    return _seconds(container.get("start_time")) or 0.0


def _length(stream: Json) -> float | None:
    return _seconds(stream.get("duration")) or _clock(_tag(stream, "DURATION"))


def _begin(stream: Json, origin: float) -> float:
    return (_seconds(stream.get("start_time")) or 0.0) - origin


def _end(stream: Json, origin: float) -> float | None:
    length = _length(stream)
    return _begin(stream, origin) + length if length else None


def _tags(*holders: Json) -> dict[str, str]:
    """Tags in lower case; the container's win over the stream's."""
    merged: dict[str, str] = {}
    for holder in reversed(holders):
        merged |= {str(name).lower(): str(value) for name, value in holder.get("tags", {}).items()}
    return merged


def _tag(stream: Json, name: str) -> str | None:
    return _tags(stream).get(name.lower())


def _fraction(text: str | None) -> Fraction:
    """`30000/1001` or `4:3`; 0 when there is none."""
    above, _, below = (text or "0").replace(":", "/").partition("/")
    return Fraction(int(above), int(below)) if below and int(below) else Fraction(0)


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _clock(text: str | None) -> float | None:
    """Matroska's `00:01:02.500000000`."""
    found = re.fullmatch(r"(\d{1,6}):(\d{1,2}):(\d{1,2}(?:\.\d{1,12})?)", text or "", re.ASCII)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", str(text)) else None
