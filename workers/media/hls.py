"""The one ffmpeg command that decodes a source once and writes every rendition as CMAF segments."""

from pathlib import Path
from typing import Any

import ffmpeg

from workers.media.allowed import Input
from workers.media.clock import Clock
from workers.media.ladder import GROUP_SECONDS, SEGMENT_GROUPS, Rung, segment_seconds
from workers.media.length import length
from workers.media.picture import OPENED, renditions
from workers.media.recipe import AUDIO, Recipe, recipe_from, recipe_json
from workers.media.sound import RATE as AUDIO_RATE
from workers.media.sound import heard

__all__ = ["AUDIO", "AUDIO_RATE", "INIT", "PLAYLIST", "Recipe", "command", "recipe_from", "recipe_json"]

INIT = "init.mp4"
PLAYLIST = "index.m3u8"

AUDIO_BIT_RATE = 128_000
"""AAC-LC stereo is transparent to most ears here; the video dwarfs it from 360p up."""
_PRESET = "veryfast"
"""Half the time of `medium` for a few percent more bits: a viewer waits for the one, not for the other."""
_X264 = {
    "aq-mode": 2,  # bits go where the picture has detail: up to a quarter fewer for the same likeness
    "me": "dia",  # a shorter search than the preset's finds as much: a tenth less time for the same bytes
}
"""Beside the preset; docs/benchmarks.md has what else was tried."""
OFFSET = 10
"""Seconds added to every timestamp: B-frames and AAC priming would else lie before 0 and be shifted apart."""
_MOVFLAGS = "movflags=+frag_discont+negative_cts_offsets"


def command(recipe: Recipe, source: Input, folder: Path, *, zscale: bool) -> list[str]:
    """The argument list. The folders of `recipe.names` must exist in `folder`.

    ffmpeg takes some `%` in it for patterns, doubled or not: to be safe, run it there and give an empty path.
    """
    opened = ffmpeg.input(source.url, fflags="+genpts", **OPENED, **source.options)
    outputs = []
    whole = length(recipe.source, recipe.rungs)
    if recipe.source.video is not None:
        decoded = opened[str(recipe.source.video.index)]
        clock = whole.clock() if whole else Clock(recipe.rungs[0].rate)
        streams = renditions(decoded, recipe.source.video, recipe.rungs, clock, zscale=zscale)
        outputs += [
            _video(stream, rung, recipe, folder) for stream, rung in zip(streams, recipe.rungs, strict=True)
        ]
    if recipe.source.audio is not None:
        decoded = opened[str(recipe.source.audio.index)]
        sound = heard(decoded, recipe.source.audio, whole.seconds if whole else None)
        outputs.append(_audio(sound, recipe, folder))
    start = [
        "ffmpeg",
        "-nostdin",
        "-hide_banner",
        "-v",
        "warning",
        "-progress",
        "pipe:1",
        "-stats_period",
        "0.5",
    ]
    return [str(word) for word in ffmpeg.merge_outputs(*outputs).compile(cmd=start)]


def _video(stream: Any, rung: Rung, recipe: Recipe, folder: Path) -> Any:
    encoder = {
        "c:v": "libx264",
        "preset": _PRESET,
        "x264-params": ":".join(f"{name}={value}" for name, value in _X264.items()),
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
    return _segmented(stream, recipe, folder / rung.name, segment_seconds(recipe.rungs), encoder)


def _audio(stream: Any, recipe: Recipe, folder: Path) -> Any:
    encoder = {"c:a": "aac", "b:a": AUDIO_BIT_RATE, "ac": 2, "ar": AUDIO_RATE}
    seconds = segment_seconds(recipe.rungs) if recipe.rungs else SEGMENT_GROUPS * GROUP_SECONDS
    return _segmented(stream, recipe, folder / AUDIO, seconds, encoder)


def _segmented(stream: Any, recipe: Recipe, folder: Path, seconds: float, encoder: dict[str, Any]) -> Any:
    return ffmpeg.output(
        stream,
        str(folder / PLAYLIST),
        **encoder,
        t=f"{recipe.limit:.3f}",
        map_metadata=-1,  # also keeps where it was filmed out of what is published
        map_chapters=-1,
        output_ts_offset=OFFSET,
        f="hls",
        hls_time=f"{seconds:.6f}",
        hls_playlist_type="vod",
        hls_flags="temp_file",  # a segment gets its name when it is whole, and may be sent from then on
        hls_segment_type="fmp4",
        hls_segment_options=_MOVFLAGS,
        hls_fmp4_init_filename=INIT,
        hls_segment_filename=str(folder / "%05d.m4s"),
    )
