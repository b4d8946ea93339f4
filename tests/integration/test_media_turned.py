"""The picture as its maker saw it: turned, mirrored, with pixels that are not square, in odd sizes."""

from pathlib import Path

import pytest

from tests.media import H264, ffmpeg, make_clip, stream_of
from tests.watching import BLUE, GREEN, RED, WHITE, Colour, alike, brightness, frame, watched

ONE = 1 << 16
QUARTERS = {(0, 0): RED, (1, 0): GREEN, (0, 1): BLUE, (1, 1): WHITE}
"""By column and row."""
MATRICES = {  # a, b, c, d of ISO/IEC 14496-12: x' = a x + c y, y' = b x + d y
    "as it is": (1, 0, 0, 1),
    "a quarter": (0, 1, -1, 0),
    "half": (-1, 0, 0, -1),
    "three quarters": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "upside down in a mirror": (1, 0, 0, -1),
    "mirrored and a quarter": (0, 1, 1, 0),
    "mirrored and three quarters": (0, -1, -1, 0),
}


def quarters(path: Path, *options: str, size: str = "80x60") -> Path:
    """Four colours: red and green above, blue and white below."""
    row = "[{0}][{1}]hstack"
    parts = [
        f"color={colour}:size={size}:rate=25:duration=0.4" for colour in ("red", "lime", "blue", "white")
    ]
    graph = ";".join(f"{part}[{n}]" for n, part in enumerate(parts))
    graph += f";{row.format(0, 1)}[above];{row.format(2, 3)}[below];[above][below]vstack"
    ffmpeg("-f", "lavfi", "-i", graph, *(options or H264), str(path))
    return path


def turned_by(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """The same MP4 with another matrix in its track's header."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value * ONE for value in matrix)
    for place, value in zip((0, 4, 12, 16), (a, b, c, d), strict=True):
        data[at + place : at + place + 4] = value.to_bytes(4, signed=True)
    path.write_bytes(data)
    return path


def expected(matrix: tuple[int, int, int, int]) -> dict[tuple[int, int], Colour]:
    a, b, c, d = matrix
    moved = {
        (a * x + c * y, b * x + d * y): QUARTERS[(x + 1) // 2, (y + 1) // 2] for x in (-1, 1) for y in (-1, 1)
    }
    return {((x + 1) // 2, (y + 1) // 2): colour for (x, y), colour in moved.items()}


def seen(file: Path) -> dict[tuple[int, int], Colour]:
    first = frame(file)
    return {(x, y): first.at(0.25 + x / 2, 0.25 + y / 2) for x in (0, 1) for y in (0, 1)}


def assert_quarters(file: Path, wanted: dict[tuple[int, int], Colour]) -> None:
    found = seen(file)
    assert all(alike(found[place], colour, within=40) for place, colour in wanted.items()), found


@pytest.mark.parametrize("how", MATRICES)
async def test_a_picture_is_turned_and_mirrored_as_its_header_says(how: str, tmp_path: Path) -> None:
    clip = turned_by(quarters(tmp_path / "clip.mp4"), MATRICES[how])
    shown = await watched(clip, tmp_path)
    assert shown.size == ((120, 160) if "quarter" in how else (160, 120))
    assert_quarters(await shown.file(), expected(MATRICES[how]))


@pytest.mark.parametrize(
    ("name", "matrix"), [("090", (0, 1, -1, 0)), ("180", (-1, 0, 0, -1)), ("270", (0, -1, 1, 0))]
)
async def test_a_picture_is_turned_as_an_htc_phone_named_its_track(
    name: str, matrix: tuple[int, int, int, int], tmp_path: Path
) -> None:
    clip = quarters(tmp_path / "clip.mkv", *H264, "-metadata:s:v:0", f"title=htc_video_rotA-{name}")
    shown = await watched(clip, tmp_path)
    assert shown.size == ((160, 120) if name == "180" else (120, 160))
    assert_quarters(await shown.file(), expected(matrix))


@pytest.mark.parametrize(
    ("size", "pixel", "shown"),
    [
        ("720x576", "16/11", (1048, 576)),
        ("720x480", "8/9", (640, 480)),
        ("720x480", "32/27", (852, 480)),
        ("320x240", "0/1", (320, 240)),
        ("320x240", "1000/1", (320, 240)),
    ],
)
async def test_pixels_become_square(size: str, pixel: str, shown: tuple[int, int], tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.mp4", *H264, "-vf", f"setsar={pixel}", size=size, seconds=0.2, sound=False
    )
    seen = await watched(clip, tmp_path)
    assert seen.size == shown
    assert stream_of(await seen.file())["sample_aspect_ratio"] == "1:1"
    edges = [brightness(await seen.file(), part=0.1), brightness(await seen.file(), 0.9, 0.9, 0.1)]
    assert min(map(max, edges)) > 30, "it fills its frame"


@pytest.mark.parametrize(
    ("size", "shown"),
    [("1x1", (2, 2)), ("3x1", (4, 2)), ("2x2", (2, 2)), ("853x479", (852, 480)), ("161x121", (160, 120))],
)
async def test_odd_sizes_lose_or_gain_a_line(size: str, shown: tuple[int, int], tmp_path: Path) -> None:
    small = ("-vf", f"scale={size.replace('x', ':')},setsar=1", "-c:v", "ffv1", "-pix_fmt", "bgr0")
    clip = make_clip(tmp_path / "clip.mkv", *small, seconds=0.2, sound=False, picture="color=c=0xE02020")
    seen = await watched(clip, tmp_path)
    assert seen.size == shown
    file = await seen.file()
    assert alike(frame(file).at(0.5, 0.5), (0xE0, 0x20, 0x20))


async def test_a_picture_that_changes_its_shape_midway_is_shown_between_bars(tmp_path: Path) -> None:
    """As a browser records a shared window, or a phone that is turned in a call."""
    for name, size, colour in (("wide", "320x180", "red"), ("high", "180x320", "blue")):
        vp8 = ("-c:v", "libvpx", "-deadline", "realtime")
        make_clip(
            tmp_path / f"{name}.webm", *vp8, picture=f"color={colour}", size=size, seconds=1, sound=False
        )
    (tmp_path / "list").write_text("file wide.webm\nfile high.webm\n")
    ffmpeg("-f", "concat", "-i", str(tmp_path / "list"), "-c", "copy", str(tmp_path / "clip.webm"))
    shown = await watched(tmp_path / "clip.webm", tmp_path)
    file = await shown.file()
    assert shown.size == (320, 180)
    assert shown.event.duration == pytest.approx(2, abs=0.05)
    wide, high = frame(file, 5), frame(file, 45)
    assert [alike(wide.at(x, 0.5), RED) for x in (0.1, 0.5, 0.9)] == [True, True, True]
    assert [alike(high.at(x, 0.5), BLUE) for x in (0.1, 0.5, 0.9)] == [False, True, False]
