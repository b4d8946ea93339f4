"""Frames come when their maker wanted them: frame rates, edit lists, clocks that jump, headers that lie."""

import struct
import subprocess
from pathlib import Path

import pytest

from tests.media import H264, ffmpeg, frame_count, make_clip, stream_of
from tests.watching import brightness, watched

RAMP = "format=gray,geq=lum='clip(T*50+30,0,255)',format=yuv420p"
"""A picture whose brightness tells its time: 50 a second."""
_BLUR = 4 / 50
"""Seconds by which an encoder's rounding of brightness makes a time uncertain."""


def ramp(path: Path, *options: str, rate: str = "25", seconds: float = 4, filters: str = "") -> Path:
    picture = f"color=black:size=64x64:rate={rate}:duration={seconds},{RAMP}{filters}"
    ffmpeg("-f", "lavfi", "-i", picture, *(options or H264), str(path))
    return path


def assert_in_time(bright: list[float], rate: float, cut: float = 0, within: float = 0.05) -> None:
    """Frame k shows what was filmed k / rate after the cut."""
    for number, value in enumerate(bright):
        assert (value - 30) / 50 == pytest.approx(number / rate + cut, abs=within + _BLUR), f"frame {number}"


@pytest.mark.parametrize(
    ("rate", "made"),
    [
        ("24000/1001", "24000/1001"),
        ("25", "25/1"),
        ("30000/1001", "30000/1001"),
        ("60000/1001", "30000/1001"),
        ("240", "30/1"),
        ("15", "15/1"),
        ("1", "6/1"),
    ],
)
async def test_small_pictures_have_at_most_thirty_frames_a_second(
    rate: str, made: str, tmp_path: Path
) -> None:
    shown = await watched(ramp(tmp_path / "clip.mp4", rate=rate), tmp_path)
    file = await shown.file()
    assert stream_of(file)["r_frame_rate"] == made
    above, below = (int(part) for part in made.split("/"))
    frames = brightness(file)
    assert len(frames) == pytest.approx(4 * above / below, abs=1)
    assert_in_time(frames, above / below, within=1.1 if rate == "1" else 0.05)


@pytest.mark.parametrize(("rate", "made"), [("240", "60/1"), ("60000/1001", "60000/1001"), ("120", "60/1")])
async def test_large_pictures_have_at_most_sixty(rate: str, made: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *H264, size="640x560", rate=rate, seconds=0.5, sound=False)
    assert stream_of(await (await watched(clip, tmp_path)).file())["r_frame_rate"] == made


async def test_an_absurd_frame_rate_costs_no_more_than_any_other(tmp_path: Path) -> None:
    clip = ramp(tmp_path / "clip.mkv", rate="1000", seconds=1)
    shown = await watched(clip, tmp_path)
    assert frame_count(await shown.file()) <= 60


async def test_frames_without_a_beat_stay_in_time(tmp_path: Path) -> None:
    """As phones and screen recorders make them."""
    uneven = ",select='not(mod(n,7))+lt(n,30)*mod(n,2)+between(n,70,80)'"
    clip = ramp(tmp_path / "clip.mkv", "-fps_mode", "vfr", *H264, rate="30", filters=uneven)
    assert_in_time(brightness(await (await watched(clip, tmp_path)).file()), 30, within=7 / 30)


async def test_what_an_edit_list_cuts_off_is_not_shown(tmp_path: Path) -> None:
    whole, clip = ramp(tmp_path / "whole.mp4", *H264, "-g", "50"), tmp_path / "clip.mp4"
    ffmpeg("-ss", "1.2", "-i", str(whole), "-t", "2", "-c", "copy", str(clip))
    frames = brightness(await (await watched(clip, tmp_path)).file())
    assert len(frames) == 50
    assert_in_time(frames, 25, cut=1.2)


@pytest.mark.parametrize("offset", ["-2", "3", "95400"])
async def test_it_does_not_matter_where_a_clock_starts(offset: str, tmp_path: Path) -> None:
    clip = ramp(tmp_path / "clip.ts", *H264, "-output_ts_offset", offset)
    frames = brightness(await (await watched(clip, tmp_path)).file())
    assert len(frames) == 100
    assert_in_time(frames, 25)


async def test_a_clock_that_jumps_leaves_no_hole(tmp_path: Path) -> None:
    early, late = ramp(tmp_path / "early.ts"), ramp(tmp_path / "late.ts", *H264, "-output_ts_offset", "1000")
    clip = tmp_path / "clip.ts"
    clip.write_bytes(early.read_bytes() + late.read_bytes())
    frames = brightness(await (await watched(clip, tmp_path)).file())
    assert len(frames) == pytest.approx(200, abs=3)
    assert_in_time(frames[:98], 25)
    assert_in_time(frames[104:], 25, cut=(104 - 100) / 25, within=0.15)


def through_a_pipe(path: Path, *arguments: str) -> None:
    """So that nothing can be filled in afterwards."""
    with path.open("wb") as file:
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *arguments, "-"], stdout=file, check=True)


@pytest.mark.parametrize("claimed", [0, 2**32 - 1, 1])
async def test_a_fragmented_file_is_believed_by_its_fragments(claimed: int, tmp_path: Path) -> None:
    clip = ramp(tmp_path / "clip.mp4", *H264, "-movflags", "frag_keyframe+empty_moov", "-g", "25")
    data = bytearray(clip.read_bytes())
    at = data.index(b"mvhd") + 4 + 16
    struct.pack_into(">I", data, at, claimed)
    clip.write_bytes(data)
    frames = brightness(await (await watched(clip, tmp_path)).file())
    assert len(frames) == 100
    assert_in_time(frames, 25)


async def test_a_browsers_recording_without_length_or_index_is_shown_whole(tmp_path: Path) -> None:
    vp8 = ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-live", "1", "-f", "webm")
    clip = tmp_path / "clip.webm"
    picture = f"color=black:size=64x64:rate=30:duration=3,{RAMP}"
    through_a_pipe(clip, "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=duration=3", *vp8)
    shown = await watched(clip, tmp_path)
    frames = brightness(await shown.file())
    assert shown.event.has_audio
    assert len(frames) == 90
    assert_in_time(frames, 30)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("top.mpg", ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-top", "1", "-q:v", "2")),
        ("bottom.ts", ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-top", "0", "-q:v", "2")),
        (
            "h264.mp4",
            ("-c:v", "libx264", "-preset", "ultrafast", "-flags", "+ildct+ilme", "-x264opts", "tff=1"),
        ),
        ("prores.mov", ("-c:v", "prores_ks", "-flags", "+ildct", "-top", "1")),
        ("camcorder.avi", ("-c:v", "dvvideo", "-pix_fmt", "yuv420p", "-top", "0")),
    ],
)
async def test_interlaced_pictures_have_no_combs(name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    """A white bar that moves fast: where two fields are shown at once, its edge is in two places by turns."""
    bar = "color=black:size=720x576:rate=50:duration=1[b];color=white:size=120x576:rate=50:duration=1[w];"
    first = "bff" if "0" in options else "tff"
    clip = tmp_path / name
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        f"{bar}[b][w]overlay=x=t*500,interlace=scan={first}:lowpass=off,setsar=16/15",
        *options,
        str(clip),
    )
    shown = await watched(clip, tmp_path)
    file = await shown.file()
    assert frame_count(file) == 25
    assert combed(file) < 0.1 * combed(clip)


def combed(file: Path) -> int:
    """How much more lines differ from their neighbours than from those of the same field."""
    place = "scale=720:576:flags=neighbor,format=gray,select=eq(n\\,12)"
    shown = ["ffmpeg", "-v", "error", "-i", str(file), "-vf", place, "-frames:v", "1", "-f", "rawvideo", "-"]
    raw = subprocess.run(shown, capture_output=True, check=True).stdout
    lines = [raw[at : at + 720] for at in range(200 * 720, 260 * 720, 720)]
    return max(0, apart(lines, 1) - apart(lines, 2))


def apart(lines: list[bytes], by: int) -> int:
    pairs = zip(lines, lines[by:], strict=False)
    return sum(abs(one - other) for above, below in pairs for one, other in zip(above, below, strict=True))
