"""The filters between a decoded source and its renditions: in time, deinterlaced, in a screen's colours."""

from workers.media.clock import Clock, Node
from workers.media.ladder import Rung
from workers.media.source import Colour, Picture

_HD_LINES = 720
"""What says nothing of its colours is BT.709 from here up and BT.601 below, as players take it."""
_REFERENCE_WHITE = 203
"""Nits of a white page in HDR (ITU-R BT.2408), which becomes the white of SDR."""
_PEAK = 5.0
"""The brightest that is kept, in whites: 1,000 nits, what most HDR is graded to."""
_KNEE = 0.5
"""Whites up to which nothing is compressed: faces keep their brightness, and a white page becomes 77 % of
SDR's, 90 % of its signal. ITU-R BT.2390 has the knee at 0.46 for these two screens, and white at 80 %."""
_SAME_SHAPE = 0.05
"""How far the shape may be from the rung's: even sides and cropped lines change it by less."""
_TAGS = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "tv"}
_MATRICES = {
    "bt709": "bt709",
    "bt470bg": "bt601",
    "smpte170m": "bt601",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
}


OPENED = {"reinit_filter:v": 0}
"""What a source is to be opened with: a picture that changes its size midway would else begin the filters,
and their clocks, anew. The first `scale` takes any size."""


def renditions(
    decoded: Node, picture: Picture, rungs: tuple[Rung, ...], clock: Clock, *, zscale: bool
) -> list[Node]:
    """One stream for each rung: decoded and mapped once, each scaled from the one above."""
    stream = _steady(decoded, picture, clock)
    made: list[Node] = []
    for above, rung in zip((None, *rungs), rungs, strict=False):
        stream = _scaled(stream, picture, rung, zscale) if above is None else _smaller(stream, above, rung)
        if rung is rungs[-1]:
            return [*made, stream]
        branches = stream.filter_multi_output("split", 2)
        made.append(branches[0])
        stream = branches[1]
    raise ValueError("a ladder has at least one rung")


def _steady(stream: Node, picture: Picture, clock: Clock) -> Node:
    stream = clock.zeroed(stream)
    if picture.interlaced:
        stream = stream.filter("bwdif", mode="send_frame", deint="interlaced")
    return clock.counted(stream)


def _smaller(stream: Node, above: Rung, rung: Rung) -> Node:
    if rung.step != above.step:
        stream = stream.filter("framestep", rung.step // above.step)
    return stream.filter("scale", rung.width, rung.height, flags="bicubic").filter("setsar", 1)


def _scaled(stream: Node, picture: Picture, rung: Rung, zscale: bool) -> Node:
    colour = picture.colour
    if rung.step > 1:
        stream = stream.filter("framestep", rung.step)
    stream = _upright(stream.filter("setsar", 1) if picture.odd_pixels else stream, picture)
    if colour.wide and zscale:
        stream = _narrowed(_fitted(stream, rung), colour)
    else:
        stream = _fitted(stream, rung, **_conversion(picture))
    return stream.filter("format", "yuv420p").filter("setsar", 1).filter("setparams", **_TAGS)


def _upright(stream: Node, picture: Picture) -> Node:
    """What ffmpeg does not turn by itself."""
    for _ in range(picture.turn // 90):
        stream = stream.filter("transpose", "clock")
    return stream


def _fitted(stream: Node, rung: Rung, **conversion: str) -> Node:
    """In the rung's size; between bars what changes its shape midway: a shared window, a turned phone."""
    wide, high = rung.width, rung.height
    shape = f"dar*{high}/{wide}"
    same = f"lt(abs({shape}-1),{_SAME_SHAPE + 2 / min(wide, high):.3f})"  # 2: sides are made even
    return stream.filter(
        "scale",
        w=f"if({same},{wide},max(2,min({wide},2*round({shape}*{wide}/2))))",
        h=f"if({same},{high},max(2,min({high},2*round({high}/({shape})/2))))",
        eval="frame",
        flags="bicubic",
        **conversion,
    ).filter("pad", wide, high, -1, -1, eval="frame")


def _conversion(picture: Picture) -> dict[str, str]:
    """What `scale` is to convert on the way; RGB has no matrix to convert from."""
    said = _MATRICES.get(picture.colour.matrix or "")
    guessed = "bt709" if min(picture.width, picture.height) >= _HD_LINES else "bt601"
    return {
        "in_range": "pc" if picture.colour.full_range else "auto",
        "out_range": "tv",
        "in_color_matrix": said or guessed,
        "out_color_matrix": "bt709",
    }


def _narrowed(stream: Node, colour: Colour) -> Node:
    """BT.2020 to BT.709; PQ and HLG are mapped to the standard range in linear light."""
    given = {
        "primariesin": "bt2020",
        "matrixin": "2020_cl" if colour.matrix == "bt2020c" else "2020_ncl",
        "transferin": {"PQ": "smpte2084", "HLG": "arib-std-b67"}.get(colour.hdr or "", "2020_10"),
        "rangein": "full" if colour.full_range else "limited",
    }
    target = {"transfer": "709", "matrix": "709", "range": "limited"}
    if colour.hdr is None:
        return stream.filter("zscale", **given, primaries="709", **target)
    return (
        stream.filter("zscale", **given, transfer="linear", npl=_REFERENCE_WHITE)
        .filter("format", "gbrpf32le")
        .filter("zscale", primaries="709")
        .filter("tonemap", "mobius", param=_KNEE, desat=0, peak=_PEAK)
        .filter("zscale", **target)
    )
