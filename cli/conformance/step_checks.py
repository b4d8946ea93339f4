"""Whether sound and picture start and end together.

An AAC decoder needs one frame before it sounds right, so every encoder puts one in front. Where an edit list
says how long that priming is, it is believed; else one frame is assumed. At the end up to a frame is padding
of which no file tells, so the sound may end anywhere in its last frame.
"""

from collections.abc import Iterator
from fractions import Fraction

from cli.conformance import limits
from cli.conformance.findings import Finding
from cli.conformance.renditions import Rendition
from cli.conformance.tracks import AUDIO, VIDEO
from cli.conformance.tree import Tree


def check_step(tree: Tree) -> Iterator[Finding]:
    """Each sound once, beside the first picture that it belongs to."""
    done: set[str] = set()
    for variant, picture in tree.variants():
        for sound in (picture, *tree.heard_with(variant)):
            if sound.name not in done and sound.whole and picture.whole:
                done.add(sound.name)
                yield from _compare(picture, sound)


def _compare(picture: Rendition, sound: Rendition) -> Iterator[Finding]:
    seen, heard = picture.spans(VIDEO), sound.spans(AUDIO)
    if not seen or not heard:
        return
    late = heard[0].shown + priming(sound) - seen[0].shown
    if abs(late) > limits.STEP:
        said = f"the sound starts {_ms(late)} from the picture, {_ms(priming(sound))} of priming counted"
        yield Finding("starts_apart", sound.name, said)
    if picture.playlist.growing or sound.playlist.growing:
        return
    ends, end = seen[-1].shown_end, heard[-1].shown_end
    beyond = max(end - heard[-1].longest - ends, Fraction(0)) + min(end - ends, Fraction(0))
    if abs(beyond) > limits.STEP:
        said = f"the sound ends {_ms(beyond)} from the picture; right only if it does in the source"
        yield Finding("ends_apart", sound.name, said)


def priming(sound: Rendition) -> Fraction:
    """Seconds at the start that are not the source's sound."""
    track = sound.tracks[AUDIO]
    if track.priming is not None:
        return track.priming
    return sound.spans(AUDIO)[0].frame if track.codec.startswith("mp4a.40.") else Fraction(0)


def _ms(seconds: Fraction) -> str:
    return f"{float(seconds) * 1000:+.1f} ms"
