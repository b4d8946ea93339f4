"""Chunks that were encoded apart, held against the same video encoded in one piece, with the real ffmpeg."""

from collections.abc import Callable
from pathlib import Path
from statistics import mean

import pytest

from tests.joints import differences, in_one_and_in_chunks, joints, keyframes, likeness, reference
from tests.media import H264, ffmpeg, make_clip

CUTS = (1, 2)
X264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")


def _plain(
    *options: str, name: str = "clip.mp4", rate: str = "25", size: str = "320x240", seconds: float = 9.3
) -> Callable[[Path], Path]:
    return lambda folder: make_clip(
        folder / name, *options, rate=rate, size=size, seconds=seconds, sound=False
    )


def _uneven(folder: Path) -> Path:
    """Frames dropped without a beat out of 30 a second, in Matroska's milliseconds."""
    dropped = "testsrc2=size=320x240:rate=30:duration=9.3,select='not(mod(n,7))+lt(mod(n,50),23)'"
    ffmpeg("-f", "lavfi", "-i", dropped, "-fps_mode", "vfr", *X264, str(folder / "clip.mkv"))
    return folder / "clip.mkv"


def _interlaced(folder: Path) -> Path:
    fields = "testsrc2=size=320x240:rate=50:duration=9.3,interlace"
    options = (*X264, "-flags", "+ildct+ilme", "-x264-params", "tff=1")
    ffmpeg("-f", "lavfi", "-i", fields, *options, str(folder / "clip.mp4"))
    return folder / "clip.mp4"


def _turned(folder: Path) -> Path:
    flat = make_clip(folder / "flat.mp4", seconds=9.3, sound=False)
    ffmpeg("-i", str(flat), "-c", "copy", "-metadata:s:v:0", "rotate=90", str(folder / "clip.mp4"))
    return folder / "clip.mp4"


def _late(folder: Path) -> Path:
    """A picture that begins 4.4 seconds after the sound."""
    clip = make_clip(folder / "early.mp4", seconds=6, sound=True)
    late = ("-itsoffset", "4.4", "-i", str(clip))
    ffmpeg(*late, "-i", str(clip), "-map", "0:v", "-map", "1:a", "-c", "copy", str(folder / "clip.mkv"))
    return folder / "clip.mkv"


def _cut_out(folder: Path) -> Path:
    """Without being encoded again: an edit list hides what comes before the cut."""
    whole = make_clip(folder / "whole.mp4", *X264, "-g", "60", seconds=11, sound=False)
    ffmpeg("-ss", "1.5", "-i", str(whole), "-c", "copy", str(folder / "clip.mp4"))
    return folder / "clip.mp4"


def _outlasted(folder: Path) -> Path:
    """Sound that goes on for five seconds after the last picture."""
    picture = make_clip(folder / "picture.mp4", seconds=7, sound=False)
    sound = ("-f", "lavfi", "-i", "sine=duration=12")
    ffmpeg("-i", str(picture), *sound, "-c:v", "copy", str(folder / "clip.mp4"))
    return folder / "clip.mp4"


KINDS: dict[str, Callable[[Path], Path]] = {
    "closed groups": _plain(*H264, "-g", "70"),
    "open groups": _plain(*X264, "-preset", "fast", "-x264-params", "open-gop=1:keyint=60:bframes=3"),
    "hevc": _plain("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=60:log-level=error"),
    "ntsc": _plain(*X264, "-preset", "veryfast", rate="30000/1001"),
    "uneven": _uneven,
    "fragmented": _plain(*X264, "-preset", "veryfast", "-movflags", "frag_keyframe+empty_moov"),
    "webm": _plain("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", name="clip.webm"),
    "two rates": _plain(*H264, size="506x506", rate="60", seconds=8.2),  # 60 only above 480 lines
    "interlaced": _interlaced,
    "turned": _turned,
    "slides": _plain(*X264, "-tune", "stillimage", rate="1/3", seconds=12),
    "late picture": _late,
    "outlasted by its sound": _outlasted,
    "edit list": _cut_out,
    "clock that starts at an hour": _plain(*H264, "-output_ts_offset", "3600.03", name="clip.mkv"),
    "avi": _plain("-c:v", "mpeg4", "-bf", "2", "-q:v", "4", name="clip.avi"),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_chunks_hold_the_frames_of_one_pass_at_the_same_times(kind: str, tmp_path: Path) -> None:
    clip = KINDS[kind](tmp_path)
    one, apart = await in_one_and_in_chunks(clip, tmp_path, CUTS)
    for rung in {one.recipe.rungs[0], one.recipe.rungs[-1]}:  # the fastest and the slowest
        name = rung.name
        assert len(apart.made(name)) == 3
        assert apart.frames(name) == one.frames(name)
        assert await apart.starts(name, tmp_path) == await one.starts(name, tmp_path)
        assert apart.inits(name) == one.inits(name)
        whole, joined = await one.file(name, tmp_path), await apart.file(name, tmp_path)
        assert keyframes(joined) == keyframes(whole)
        assert keyframes(joined)[:2] == [0, rung.group]
        original = reference(one.recipe, name, clip, tmp_path)
        as_one, as_chunks = likeness(whole, original), likeness(joined, original)
        assert len(as_one) == len(as_chunks) == sum(one.frames(name))
        lost = differences(as_one, as_chunks, joints(one.recipe, name, CUTS))
        assert mean(lost) >= -0.001, name
        assert min(lost) >= -0.005, name
