"""Colours as their maker saw them: HDR in a screen's range, full range, any matrix, more than 8 bits."""

from collections.abc import Callable
from math import log, sqrt
from pathlib import Path

import pytest

from tests.media import ffmpeg, stream_of
from tests.watching import alike, frame, watched

BARS = {
    "white": (180, 180, 180),
    "yellow": (180, 180, 16),
    "cyan": (16, 180, 180),
    "red": (180, 16, 16),
    "blue": (16, 16, 180),
}
"""Bars of 75 %, as colours that a screen shows."""
LOSSLESS = ("-c:v", "libx264", "-qp", "0", "-preset", "ultrafast")


def bars(path: Path, *options: str, filters: str) -> Path:
    parts = [
        f"color=0x{r:02X}{g:02X}{b:02X}:size=64x96:rate=25:duration=0.2,format=gbrp[{n}]"
        for n, (r, g, b) in enumerate(BARS.values())
    ]
    graph = (
        ";".join(parts) + ";" + "".join(f"[{n}]" for n in range(len(BARS))) + f"hstack={len(BARS)},{filters}"
    )
    ffmpeg("-f", "lavfi", "-i", graph, *options, str(path))
    return path


def tagged(matrix: str, primaries: str, transfer: str, range_: str = "tv") -> tuple[str, ...]:
    return (
        "-colorspace",
        matrix,
        "-color_primaries",
        primaries,
        "-color_trc",
        transfer,
        "-color_range",
        range_,
    )


HD = (*LOSSLESS, *tagged("bt709", "bt709", "bt709"))
FULL = (*LOSSLESS, *tagged("bt709", "bt709", "bt709", "pc"))
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-crf", "10", "-b:v", "0")
KINDS = {
    "bt601.mp4": ("bt601", "yuv420p", (*LOSSLESS, *tagged("smpte170m", "smpte170m", "smpte170m"))),
    "bt709.mp4": ("bt709", "yuv420p", HD),
    "untold.mp4": ("bt601", "yuv420p", LOSSLESS),
    "full.mp4": ("bt709:out_range=pc", "yuvj420p", FULL),
    "full10.mp4": ("bt709:out_range=pc", "yuv420p10le", FULL),
    "ten.mp4": ("bt709", "yuv420p10le", HD),
    "422.mp4": ("bt709", "yuv422p", HD),
    "444.mp4": ("bt709", "yuv444p", HD),
    "prores.mov": ("bt601", "yuv422p10le", ("-c:v", "prores_ks", "-profile:v", "3")),
    "prores4444.mov": ("bt601", "yuva444p10le", ("-c:v", "prores_ks", "-profile:v", "4")),
    "vp9.webm": ("bt709", "yuv444p", (*VP9, *tagged("bt709", "bt709", "bt709"))),
    "rgb.mkv": ("bt709", "bgr0", ("-c:v", "ffv1")),
}
"""Matrix, pixel format and encoder. What small pictures do not say of their matrix is BT.601."""


@pytest.mark.parametrize("name", KINDS)
async def test_a_colour_stays_the_same(name: str, tmp_path: Path) -> None:
    matrix, pixels, options = KINDS[name]
    clip = bars(tmp_path / name, *options, filters=f"scale=out_color_matrix={matrix},format={pixels}")
    shown = await watched(clip, tmp_path)
    file = await shown.file()
    told = stream_of(file)
    assert (told["pix_fmt"], told["color_space"], told["color_range"]) == ("yuv420p", "bt709", "tv")
    first = frame(file)
    for place, (bar, colour) in enumerate(BARS.items()):
        assert alike(first.at((place + 0.5) / len(BARS), 0.5), colour, within=10), bar


def pq(nits: float) -> float:
    """SMPTE ST 2084: the signal, 0 to 1, of so much light."""
    light = (nits / 10_000) ** 0.1593017578125
    return float(((0.8359375 + 18.8515625 * light) / (1 + 18.6875 * light)) ** 78.84375)


def hlg(nits: float) -> float:
    """ITU-R BT.2100: the signal for so much light of a screen of 1,000 nits, whose gamma is 1.2."""
    scene = (nits / 1000) ** (1 / 1.2)
    return sqrt(3 * scene) if scene <= 1 / 12 else 0.17883277 * log(12 * scene - 0.28466892) + 0.55991073


def mapped(nits: float) -> float:
    """ITU-R BT.2390-11: what a screen with white at 203 nits makes of content for 1,000, as SDR's signal."""
    source, target = pq(1000), pq(203) / pq(1000)
    knee = 1.5 * target - 0.5
    seen = pq(nits) / source
    if seen > knee:
        t = (seen - knee) / (1 - knee)
        seen = (
            (2 * t**3 - 3 * t**2 + 1) * knee
            + (t**3 - 2 * t**2 + t) * (1 - knee)
            + (-2 * t**3 + 3 * t**2) * target
        )
    low, high = 0.0, 1000.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if pq(middle) < seen * source else (low, middle)
    return float((low / 203) ** (1 / 2.4))


def hdr(path: Path, picture: str, transfer: str) -> Path:
    told = f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:range=limited"
    x265 = ("-preset", "ultrafast", "-x265-params", f"{told}:log-level=error:crf=4")
    ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "libx265", *x265, str(path))
    return path


GREYS = (5, 26, 58, 100, 203, 400, 1000)
"""Nits: near black, 18 % grey, skin, SDR's white as it was, a page, a lamp, the peak."""


@pytest.mark.parametrize(
    ("name", "transfer", "signal"), [("pq", "smpte2084", pq), ("hlg", "arib-std-b67", hlg)]
)
async def test_hdr_is_as_bright_as_a_screen_of_the_standard_range_would_show_it(
    name: str, transfer: str, signal: Callable[[float], float], tmp_path: Path
) -> None:
    """Within 8 % of ITU-R BT.2390's signal, dark and bright: neither washed out nor blown out."""
    levels = [round(64 + 876 * signal(nits)) for nits in GREYS]
    steps = "+".join(f"{level}*eq(floor(X*{len(GREYS)}/W),{n})" for n, level in enumerate(levels))
    ramp = f"color=black:size=224x96:rate=25:duration=0.2,format=yuv420p10le,geq=lum='{steps}':cb=512:cr=512"
    x265 = f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:range=limited:log-level=error:crf=4"
    clip = tmp_path / f"{name}.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", ramp, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", x265, str(clip)
    )
    file = await (await watched(clip, tmp_path)).file()
    told = stream_of(file)
    assert [told[key] for key in ("color_space", "color_primaries", "color_transfer")] == ["bt709"] * 3
    first = frame(file)
    for place, nits in enumerate(GREYS):
        red, green, blue = first.at((place + 0.5) / len(GREYS), 0.5)
        assert max(red, green, blue) - min(red, green, blue) <= 6, f"{nits} nits are not grey"
        assert green / 255 == pytest.approx(mapped(nits), abs=0.08), f"{nits} nits"


def bt2020(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Y, Cb and Cr in 10 bits of PQ, of a colour of the standard range whose white is at 203 nits."""
    red, green, blue = ((value / 255) ** 2.4 * 203 for value in colour)
    wide = (
        pq(0.6274 * red + 0.3293 * green + 0.0433 * blue),
        pq(0.0691 * red + 0.9195 * green + 0.0114 * blue),
        pq(0.0164 * red + 0.0880 * green + 0.8956 * blue),
    )
    luma = 0.2627 * wide[0] + 0.6780 * wide[1] + 0.0593 * wide[2]
    blueness, redness = (wide[2] - luma) / 1.8814, (wide[0] - luma) / 1.4746
    return round(64 + 876 * luma), round(512 + 896 * blueness), round(512 + 896 * redness)


async def test_colours_in_hdr_keep_their_hue(tmp_path: Path) -> None:
    planes = zip(*(bt2020(colour) for colour in BARS.values()), strict=True)
    steps = [
        "+".join(f"{value}*eq(floor(X*{len(BARS)}/W),{n})" for n, value in enumerate(plane))
        for plane in planes
    ]
    picture = "color=black:size=320x96:rate=25:duration=0.2,format=yuv444p10le"
    picture += ",geq=lum='{}':cb='{}':cr='{}'".format(*steps)
    clip = hdr(tmp_path / "clip.mp4", picture, "smpte2084")
    first = frame(await (await watched(clip, tmp_path)).file())
    for place, (bar, colour) in enumerate(BARS.items()):
        assert alike(first.at((place + 0.5) / len(BARS), 0.5), colour, within=25), bar
