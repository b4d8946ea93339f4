"""The ways to make a ladder that `bench.encode` compares: ours, two peers', and what one types by hand.

The peers' are rebuilt from what their sources say of the encoder; none of their code runs here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.cost import Cost, in_turn
from workers.media.allowed import guarded_input
from workers.media.hls import INIT, Recipe, command
from workers.media.ladder import Rung

_PEERTUBE_BITS = {1080: 0.10, 720: 0.11, 480: 0.12, 360: 0.15, 240: 0.17}
"""Its cap for each pixel of each frame, by short side; what is not there takes the next smaller side's."""
_PEERTUBE_OVER_SOURCE = 1.3
_MEDIACMS_KILOBITS = {1080: 4500, 720: 2500, 480: 1000, 360: 500, 240: 300}
_MEDIACMS_OVER_TARGET = 1.5
_MEDIACMS_GROUP_SECONDS = 4
_QUIET = ("ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-y")


@dataclass(frozen=True)
class Way:
    """Commands that run one after another in a folder, and the files of each rung that are left there."""

    name: str
    commands: Sequence[Sequence[str]]
    rungs: Sequence[Sequence[str]]
    """For each rung, patterns that match its files in the order in which they make one MP4."""
    audio: Sequence[str] | None
    """The same for a rendition of sound alone; None where the sound lies in each rung's file."""
    folders: Sequence[str] = ()
    """That must be there before."""

    def run(self, folder: Path) -> Cost:
        for inner in self.folders:
            (folder / inner).mkdir()
        return in_turn(self.commands, folder)


def ours(recipe: Recipe, clip: Path) -> Way:
    return Way(
        name="ours",
        commands=[command(recipe.whole, guarded_input(str(clip)), Path(), zscale=True)],
        rungs=[_segments(rung.name) for rung in recipe.rungs],
        audio=_segments("audio") if recipe.source.audio else None,
        folders=recipe.names,
    )


def peertube(recipe: Recipe, clip: Path) -> Way:
    """One process a rendition with one encoding thread, the sound in each."""
    source = _bit_rate(recipe)
    commands = [
        [
            *(*_QUIET, "-i", str(clip), "-max_muxing_queue_size", "1024", "-map_metadata", "-1"),
            *("-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2", "-c:v", "libx264"),
            *("-vf", _scale(rung, ""), "-preset", "veryfast"),
            *_capped(min(_peertube_target(rung), source * _PEERTUBE_OVER_SOURCE), buffer=2),
            *("-b_strategy", "1", "-bf", "16", "-r", str(rung.rate), "-g:v", str(round(rung.rate) * 2)),
            *("-threads", "1", "-hls_time", "4", "-hls_list_size", "0", "-hls_playlist_type", "vod"),
            *("-hls_segment_filename", f"{rung.name}.mp4", "-hls_segment_type", "fmp4", "-f", "hls"),
            *("-hls_flags", "single_file", f"{rung.name}.m3u8"),
        ]
        for rung in recipe.rungs
    ]
    return Way("PeerTube's", commands, _files(recipe), None)


def mediacms(recipe: Recipe, clip: Path) -> Way:
    """One process a profile with all cores, an MP4 each; that it then packages them as HLS is not counted."""
    commands = [
        [
            *(*_QUIET, "-i", str(clip), "-c:v", "libx264", "-filter:v", _scale(rung, ":flags=lanczos")),
            *("-pix_fmt", "yuv420p", "-crf", "23", "-c:a", "aac", "-b:a", "128k", "-ac", "2"),
            *_capped(1000 * _MEDIACMS_OVER_TARGET * _nearest(_MEDIACMS_KILOBITS, rung), buffer=1),
            *("-force_key_frames", f"expr:gte(t,n_forced*{_MEDIACMS_GROUP_SECONDS})"),
            *("-g", str(round(rung.rate) * _MEDIACMS_GROUP_SECONDS), "-preset", "medium"),
            *("-r", str(rung.rate), "-movflags", "+faststart", f"{rung.name}.mp4"),
        ]
        for rung in recipe.rungs
    ]
    return Way("MediaCMS's", commands, _files(recipe), None)


def bare(recipe: Recipe, clip: Path) -> Way:
    """One decode, a scaler and a plain encoder for each rung, AAC once, HLS: nothing more."""
    count = len(recipe.rungs)
    graph = f"[0:v]split={count}" + "".join(f"[d{number}]" for number in range(count))
    graph += "".join(
        f";[d{number}]fps={rung.rate},{_scale(rung, '')}[v{number}]"
        for number, rung in enumerate(recipe.rungs)
    )
    asked = [*_QUIET, "-i", str(clip), "-filter_complex", graph]
    for number, rung in enumerate(recipe.rungs):
        encoder = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p")
        aligned = ("-g", str(rung.group), "-keyint_min", str(rung.group), "-sc_threshold", "0")
        asked += ["-map", f"[v{number}]", *encoder, *aligned, *_hls(rung.name)]
    if recipe.source.audio:
        asked += ["-map", "0:a:0", "-c:a", "aac", "-b:a", "128k", "-ac", "2", *_hls("audio")]
    rungs = [_segments(rung.name) for rung in recipe.rungs]
    audio = _segments("audio") if recipe.source.audio else None
    return Way("bare one pass", [asked], rungs, audio, recipe.names)


def _hls(name: str) -> tuple[str, ...]:
    written = ("-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", INIT)
    named = ("-hls_segment_filename", f"{name}/%05d.m4s", f"{name}/index.m3u8")
    return ("-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod", *written, *named)


def _segments(name: str) -> tuple[str, str]:
    return (f"{name}/{INIT}", f"{name}/*.m4s")


def _files(recipe: Recipe) -> list[tuple[str]]:
    return [(f"{rung.name}.mp4",) for rung in recipe.rungs]


def _scale(rung: Rung, options: str) -> str:
    return f"scale=w={rung.width}:h={rung.height}{options}"


def _capped(rate: float, *, buffer: float) -> tuple[str, ...]:
    return ("-maxrate", str(int(rate)), "-bufsize", str(int(rate * buffer)))


def _peertube_target(rung: Rung) -> float:
    return float(_nearest(_PEERTUBE_BITS, rung) * rung.width * rung.height * rung.rate)


def _nearest(known: dict[int, float] | dict[int, int], rung: Rung) -> float:
    side = min(rung.width, rung.height)
    return next((value for at, value in known.items() if at <= side), list(known.values())[-1])


def _bit_rate(recipe: Recipe) -> float:
    """Of the whole source where its video's own is not told, which allows the peer a little more."""
    picture = recipe.source.video
    told = picture.bit_rate if picture else None
    return told or recipe.source.size * 8 / (recipe.source.duration or 1)
