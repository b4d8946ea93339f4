"""The sun over hills, drawn by ffmpeg: what the pictures of our pages show in place of a test pattern."""

from pathlib import Path

from tests.media import H264, ffmpeg

_HILLS = (
    "430+55*sin(X/170)+22*sin(X/61+1)",
    "520+50*sin(X/130+2)+18*sin(X/47)",
    "612+38*sin(X/210+4)+10*sin(X/33)",
)
"""The line of each in pixels from above, farthest first."""
_FROM_SUN = "hypot(X-860,Y-395)"
_COLOURS = {
    # the sky above and below, the sun's glow; the sun, and each hill
    "r": ((38, 246, 90), 255, (120, 66, 24)),
    "g": ((54, 170, 70), 236, (98, 62, 34)),
    "b": ((112, 120, 10), 190, (132, 92, 52)),
}


def make_scene(path: Path, seconds: int) -> Path:
    """1280x720 with a tone, coming slowly nearer."""
    still = path.with_suffix(".png")
    drawn = ":".join(f"{channel}='{_drawn(channel)}'" for channel in _COLOURS)
    plain = "color=size=1280x720:rate=1:duration=1,format=gbrp"
    ffmpeg("-f", "lavfi", "-i", f"{plain},geq={drawn},format=rgb24", "-frames:v", "1", str(still))
    nearer = f"scale=2560:-2,zoompan=z='1+on/4000':d={seconds * 25}:s=1280x720:fps=25"
    tone = ("-f", "lavfi", "-i", f"sine=frequency=220:duration={seconds}")
    ffmpeg("-i", str(still), *tone, "-vf", nearer, *H264, "-c:a", "aac", "-t", str(seconds), str(path))
    return path


def _drawn(channel: str) -> str:
    (above, below, glow), sun, hills = _COLOURS[channel]
    sky = f"clip({above}+({below}-{above})*pow(Y/480,1.6)+{glow}*exp(-{_FROM_SUN}/170),0,255)"
    seen = f"if(lt({_FROM_SUN},62),{sun},{sky})"
    for line, hill in zip(_HILLS, hills, strict=True):
        seen = f"if(gt(Y,{line}),{hill},{seen})"
    return seen
