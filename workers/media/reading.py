"""Reads ffprobe's JSON: what a file is, and its streams that are meant to be seen and heard."""

import re
from collections.abc import Sequence

from workers.media.choice import audible, heard, seen
from workers.media.fields import Json, fraction, length, seconds, tag, tags, whole
from workers.media.source import JUMPING, Colour, Picture, Sound, Source, Stream
from workers.media.upright import upright

_DOLBY_ALONE = 5
_INTERLACED = ("tt", "bb", "tb", "bt")
_LONGEST_TITLE = 100
"""Characters: a line of a menu. A tag may hold megabytes, which no message can carry."""


def read_source(answer: Json, playable: frozenset[str]) -> Source:
    """`playable` are the codecs that can be decoded: a stream in one of them is preferred."""
    container, streams = answer.get("format", {}), _marked(answer)
    video, audio = seen(streams, playable), heard(streams, playable)
    origin = _origin(container, [stream for stream in (video, audio) if stream is not None])
    picture = _picture(video, origin) if video is not None else None
    sound = _sound(audio, origin) if audio is not None else None
    ends = [stream.ends for stream in (picture, sound) if stream is not None and stream.ends]
    return Source(
        container=str(container.get("format_name", "")),
        duration=max(ends) if ends else seconds(container.get("duration")),
        starts=origin,
        size=whole(container.get("size")) or 0,
        bit_rate=whole(container.get("bit_rate")),
        video=picture,
        audio=sound,
        audio_streams=len(audible(streams)),
        tags=tags(container, video or audio or {}),
        streams=tuple(_stream(stream) for stream in streams),
        every_tag=tuple(pair for one in (container, *streams) for pair in tags(one).items()),
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


def _picture(stream: Json, origin: float) -> Picture:
    shown = upright(stream)
    return Picture(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        profile=stream.get("profile"),
        width=shown.width,
        height=shown.height,
        coded_width=int(stream.get("width", 0)),
        coded_height=int(stream.get("height", 0)),
        rotation=shown.rotation,
        turn=shown.turn,
        odd_pixels=not shown.believed,
        pixel_format=stream.get("pix_fmt"),
        colour=_colour(stream),
        nominal_rate=fraction(stream.get("r_frame_rate")),
        average_rate=fraction(stream.get("avg_frame_rate")),
        interlaced=_is_interlaced(stream),
        bit_rate=whole(stream.get("bit_rate")) or whole(tag(stream, "BPS")),
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
        sample_rate=whole(stream.get("sample_rate")) or 0,
        bit_rate=whole(stream.get("bit_rate")) or whole(tag(stream, "BPS")),
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
    said = tag(stream, "language") or ""
    return said if said != "und" and re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}", said) else None


def _title(stream: Json) -> str | None:
    said = "".join(letter for letter in tag(stream, "title") or "" if letter.isprintable())
    return said.strip()[:_LONGEST_TITLE] or None


def _colour(stream: Json) -> Colour:
    return Colour(
        matrix=stream.get("color_space"),
        primaries=stream.get("color_primaries"),
        transfer=stream.get("color_transfer"),
        full_range=stream.get("color_range") == "pc" or str(stream.get("pix_fmt")).startswith("yuvj"),
    )


def _is_interlaced(stream: Json) -> bool:
    """DV says it of its frames alone; the filter leaves those be that say nothing."""
    return stream.get("field_order") in _INTERLACED or stream.get("codec_name") == "dvvideo"


def _is_dolby_only(stream: Json) -> bool:
    """Dolby Vision of profile 5, compatible with nothing: green and purple on any other screen."""
    told: Json = next((side for side in stream.get("side_data_list", []) if "dv_profile" in side), {})
    return told.get("dv_profile") == _DOLBY_ALONE and not told.get("dv_bl_signal_compatibility_id")


def _is_encrypted(stream: Json) -> bool:
    kinds = [side.get("side_data_type", "") for side in stream.get("side_data_list", [])]
    by_tag = stream.get("codec_tag_string") in ("encv", "enca") or tag(stream, "enc_key_id") is not None
    return by_tag or any(kind.startswith("Encryption") for kind in kinds)


def _origin(container: Json, chosen: Sequence[Json]) -> float:
    """Where ffmpeg starts to count: with the whole file, or with the chosen streams where clocks may jump."""
    starts = [seconds(stream.get("start_time")) for stream in chosen]
    if starts and container.get("format_name") in JUMPING:
        return min(start or 0.0 for start in starts)
    return seconds(container.get("start_time")) or 0.0


def _begin(stream: Json, origin: float) -> float:
    return (seconds(stream.get("start_time")) or 0.0) - origin


def _end(stream: Json, origin: float) -> float | None:
    lasts = length(stream)
    return _begin(stream, origin) + lasts if lasts else None
