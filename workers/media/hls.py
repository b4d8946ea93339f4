"""The one ffmpeg command that decodes a source once and writes every rendition as CMAF segments."""

from pathlib import Path
from typing import Any

import ffmpeg

from workers.media import subtitles
from workers.media.allowed import Input
from workers.media.ladder import SEGMENT_GROUPS, Rung
from workers.media.length import length
from workers.media.picture import OPENED, renditions
from workers.media.recipe import AUDIO, Part, Recipe, recipe_from, recipe_json
from workers.media.sound import RATE as AUDIO_RATE
from workers.media.sound import delayed, heard

__all__ = ["AUDIO", "AUDIO_RATE", "INIT", "PLAYLIST", "Recipe", "command", "recipe_from", "recipe_json"]

INIT = "init.mp4"
PLAYLIST = "index.m3u8"

AUDIO_BIT_RATE = 128_000
"""AAC-LC stereo is transparent to most ears here; the video dwarfs it from 360p up."""
AUDIO_FRAME = 1024
"""Samples that AAC encodes at a time."""
_TUNED_PRESET = "veryfast"
_X264 = {
    "aq-mode": 2,  # bits go where the picture has detail: up to a quarter fewer for the same likeness
    "me": "dia",  # a shorter search than the preset's finds as much: a tenth less time for the same bytes
    "partitions": "i8x8,i4x4",  # not 8x8 between pictures: a fifth less time for no more bytes
}
"""Beside that preset; docs/benchmarks.md has what else was tried. Any other is used as x264 has it."""
OFFSET = 10
"""Seconds added to every timestamp: B-frames and AAC priming would else lie before 0 and be shifted apart."""
_HAIR = 0.0001
"""Seconds by which a segment may be short: the segmenter cuts at the first keyframe at or after each multiple
of what it is asked for, timestamps are rounded, and one that falls a hair short would cost another group.
Those tenths of a millisecond add up to a group only after 20 hours."""
_MARGIN = 1.0
"""Seconds before a part where reading begins: containers with an index enter at the keyframe before that, and
a keyframe is stored at most a few pictures before it is shown."""
_START = (
    "ffmpeg",
    "-nostdin",
    "-hide_banner",
    "-v",
    "warning",
    "-progress",
    "pipe:1",
    "-stats_period",
    "0.5",
    # Of its frames and packets that may not decode; beyond it what does is noise more often than not.
    "-max_error_rate",
    "0.4",
)
_MOVFLAGS = "movflags=+frag_discont+negative_cts_offsets"


def command(part: Part, source: Input, folder: Path, *, zscale: bool) -> list[str]:
    """The argument list. The folders of `part.names` must exist in `folder`.

    ffmpeg takes some `%` in it for patterns, doubled or not: to be safe, run it there and give an empty path.
    """
    opened = ffmpeg.input(source.url, fflags="+genpts", **OPENED, **_entry(part), **source.options)
    whole, outputs = part.recipe.source, []
    if part.rungs and whole.video is not None:
        decoded = opened[str(whole.video.index)]
        streams = renditions(decoded, whole.video, part.rungs, part.clock, zscale=zscale)
        outputs += [
            _video(stream, rung, part, folder) for stream, rung in zip(streams, part.rungs, strict=True)
        ]
    if part.audio and whole.audio is not None:
        ends = length(whole, part.recipe.rungs)
        sound = delayed(opened[str(whole.audio.index)], part.late(whole.audio))
        sound = heard(sound, whole.audio, ends.seconds if ends else None)
        outputs.append(_audio(sound, part, folder))
    if part.subtitles:
        outputs += subtitles.outputs(opened, whole, OFFSET)
    return [str(word) for word in ffmpeg.merge_outputs(*outputs).compile(cmd=_START)]


def _entry(part: Part) -> dict[str, Any]:
    """Where the source is entered. Without `-noaccurate_seek` a picture that came earlier and is still shown
    when the part begins would be dropped."""
    if part.is_whole:
        return subtitles.READING if part.subtitles else {}
    sought = (
        max(0.0, float(part.starts - part.clock.before / part.clock.rate) - _MARGIN) if part.sought else 0.0
    )
    return {"copyts": None} | ({"ss": f"{sought:.6f}", "noaccurate_seek": None} if sought else {})


def _video(stream: Any, rung: Rung, part: Part, folder: Path) -> Any:
    encoder = {
        "c:v": "libx264",
        "flags:v": "+bitexact",  # the encoder's name in the init segment is written without its version
        "preset": rung.preset,
        "crf": rung.crf,
        "maxrate": rung.max_bit_rate,
        "bufsize": rung.buffer_bits,
        "g": rung.group,
        "keyint_min": rung.group,
        "sc_threshold": 0,  # a keyframe at a scene cut would fall elsewhere in every rung
        "fps_mode": "passthrough",  # the fps filter has done it
        "color_range": "tv",
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "colorspace": "bt709",
    }
    if rung.preset == _TUNED_PRESET:
        encoder["x264-params"] = ":".join(f"{name}={value}" for name, value in _X264.items())
    return _segmented(stream, part, folder / rung.name, encoder | _alone(rung, part))


def _alone(rung: Rung, part: Part) -> dict[str, Any]:
    """Begins a group where the part does, and drops what was encoded before and after it."""
    if not (part.lead_in or part.lead_out):
        return {}
    before = part.lead_in * part.slowest // rung.step
    drop = [f"lt(n,{before})"]
    if part.until is not None:
        drop.append(f"gte(n,{before + (part.until - part.first) * SEGMENT_GROUPS * rung.group})")
    return {"force_key_frames": f"expr:eq(n,{before})", "bsf:v": f"noise=drop='{'+'.join(drop)}'"}


def _audio(stream: Any, part: Part, folder: Path) -> Any:
    encoder = {"c:a": "aac", "b:a": AUDIO_BIT_RATE, "ac": 2, "ar": AUDIO_RATE}
    return _segmented(stream, part, folder / AUDIO, encoder)


def _segmented(stream: Any, part: Part, folder: Path, encoder: dict[str, Any]) -> Any:
    return ffmpeg.output(
        stream,
        str(folder / PLAYLIST),
        **encoder,
        t=f"{part.recipe.limit:.3f}",
        map_metadata=-1,  # also keeps where it was filmed out of what is published
        map_chapters=-1,
        output_ts_offset=OFFSET,
        f="hls",
        hls_time=f"{float(part.recipe.segment) - _HAIR:.6f}",
        hls_playlist_type="vod",
        hls_flags="temp_file",  # a segment gets its name when it is whole, and may be sent from then on
        hls_segment_type="fmp4",
        hls_segment_options=_MOVFLAGS,
        hls_fmp4_init_filename=INIT,
        hls_segment_filename=str(folder / "%05d.m4s"),
        start_number=part.first,
    )
