"""Whether the master playlist tells the truth about its renditions."""

from collections.abc import Iterator
from fractions import Fraction

from cli.conformance import limits
from cli.conformance.findings import Finding
from cli.conformance.master import Variant
from cli.conformance.rates import rates
from cli.conformance.renditions import Rendition
from cli.conformance.tracks import AUDIO, VIDEO, Track
from cli.conformance.tree import Tree

_IMPLICIT = {"mp4a.40.5", "mp4a.40.29"}
"""AAC that looks like its plain core to whoever does not decode it; the core runs at half the rate."""
_SUBTITLES = {"stpp", "stpp.ttml.im1t", "wvtt"}


def check_master(tree: Tree) -> Iterator[Finding]:
    for variant, rendition in tree.variants():
        missing = list(_check_groups(tree, variant))
        yield from missing
        if missing or not rendition.tracks:
            continue  # with what is missing nothing can be compared
        yield from _check_codecs(tree, variant, rendition)
        if VIDEO in rendition.tracks:
            yield from _check_picture(variant, rendition)
        yield from _check_rates(tree, variant, rendition)
    yield from _check_kinds(tree)
    yield from _check_targets(tree)
    yield from _check_independence(tree)


def _check_groups(tree: Tree, variant: Variant) -> Iterator[Finding]:
    for kind, name in variant.groups.items():
        if not tree.master.group(kind, name):
            yield Finding("group_missing", variant.uri, f'{kind}="{name}", and there is no such group')


def _check_codecs(tree: Tree, variant: Variant, rendition: Rendition) -> Iterator[Finding]:
    sounds = tree.heard_with(variant)
    if len(sounds) != len(tree.sounds(variant)) or not all(one.tracks for one in sounds):
        return  # what it cannot be compared with has a finding of its own
    tracks = [*rendition.tracks.values(), *(track for one in sounds for track in one.tracks.values())]
    measured = ",".join(dict.fromkeys(track.codec for track in tracks))
    if variant.codecs is None:
        yield Finding("codecs_missing", variant.uri, f'measured "{measured}"')
        return
    said = [codec for codec in variant.codecs if codec.lower() not in _SUBTITLES]
    unknown = [codec for codec in said if not any(_is(codec, track) for track in tracks)]
    unsaid = [track for track in tracks if not any(_is(codec, track) for codec in said)]
    if unknown or unsaid:
        yield Finding("codecs_wrong", variant.uri, f'"{",".join(variant.codecs)}", measured "{measured}"')


def _is(declared: str, track: Track) -> bool:
    declared, measured = declared.lower(), track.codec.lower()
    if track.transport and track.kind == VIDEO:  # no sample entry tells avc1 from avc3
        declared, measured = declared.partition(".")[2], measured.partition(".")[2]
    if declared in _IMPLICIT and measured == "mp4a.40.2":
        return track.clock <= 24_000
    # AV1 and VP9 may add colours and the like.
    longer = measured.startswith(("av01.", "vp09.")) and declared.startswith(f"{measured}.")
    return declared == measured or longer


def _check_picture(variant: Variant, rendition: Rendition) -> Iterator[Finding]:
    size = rendition.tracks[VIDEO].size
    if variant.resolution is None:
        yield Finding("resolution_missing", variant.uri, f"measured {size[0]}x{size[1]}" if size else "")
    elif size and (variant.resolution[1] != size[1] or abs(variant.resolution[0] - size[0]) > 1):
        said = "{}x{}".format(*variant.resolution)
        yield Finding("resolution_wrong", variant.uri, f"{said}, measured {size[0]}x{size[1]}")
    mean, fastest = pace(rendition)
    if variant.frame_rate is None:
        yield Finding("frame_rate_missing", variant.uri, f"measured {float(mean):.3f}")
    elif not mean - limits.FRAME_RATE <= variant.frame_rate <= fastest + limits.FRAME_RATE:
        said = f"{float(variant.frame_rate):.3f}, measured {float(mean):.3f}"
        yield Finding("frame_rate_wrong", variant.uri, said)


def pace(rendition: Rendition) -> tuple[Fraction, Fraction]:
    """Frames a second: on average, and at the fastest where frames differ in length."""
    spans = rendition.spans(VIDEO)
    frames, seconds = sum(span.paced[0] for span in spans), sum(span.paced[1] for span in spans)
    longest = max(span.longest for span in spans)
    mean = frames / seconds if seconds else 1 / longest if longest else Fraction(0)
    shortest = min(span.shortest for span in spans)
    return mean, 1 / shortest if shortest and longest - shortest > limits.JOINT else mean


def _check_rates(tree: Tree, variant: Variant, rendition: Rendition) -> Iterator[Finding]:
    """A playlist that grows says how much it may become: a cap, so only too little is wrong."""
    heard = tree.heard_with(variant)
    sounds = [rates(one) for one in heard]
    picture = rates(rendition)
    if picture is None or len(sounds) != len(tree.sounds(variant)) or None in sounds:
        return
    peak = picture.peak + max((one.peak for one in sounds if one), default=0)
    average = picture.average + max((one.average for one in sounds if one), default=0)
    cap = any(one.playlist.growing for one in (rendition, *heard))
    yield from _compare_rate("bandwidth", variant.uri, variant.bandwidth, peak, cap=cap)
    if variant.average is None:
        yield Finding("average_bandwidth_missing", variant.uri, f"measured {round(average)}")
    else:
        yield from _compare_rate("average_bandwidth", variant.uri, variant.average, average, cap=cap)


def _compare_rate(code: str, where: str, said: int, measured: Fraction, *, cap: bool) -> Iterator[Finding]:
    if said < measured * (1 - limits.BANDWIDTH):
        yield Finding(f"{code}_low", where, f"{said}, measured {round(measured)}")
    elif said > measured * (1 + limits.BANDWIDTH) and not cap:
        yield Finding(f"{code}_high", where, f"{said}, measured {round(measured)}")


def _check_kinds(tree: Tree) -> Iterator[Finding]:
    for one in tree.master.media:
        rendition = tree.renditions.get(one.uri or "")
        if one.type == "AUDIO" and rendition and rendition.tracks and AUDIO not in rendition.tracks:
            yield Finding("track_missing", rendition.name, f'EXT-X-MEDIA "{one.name}" has no sound')
    for variant, rendition in tree.variants():
        if variant.resolution and rendition.tracks and VIDEO not in rendition.tracks:
            yield Finding("track_missing", rendition.name, "a variant with RESOLUTION has no picture")


def _check_targets(tree: Tree) -> Iterator[Finding]:
    """RFC 8216 section 6.2.4; subtitles that are whole may differ."""
    targets = {name: one.playlist.target for name, one in tree.renditions.items()}
    if len(set(targets.values())) > 1:
        said = ", ".join(f"{name} {target}" for name, target in targets.items())
        yield Finding("target_durations_differ", "master", said)


def _check_independence(tree: Tree) -> Iterator[Finding]:
    """That it is true is checked of every segment, said or not."""
    spans = [span for _, rendition in tree.variants() for span in rendition.spans(VIDEO)]
    said = tree.master.independent or all(one.playlist.independent for _, one in tree.variants())
    if spans and not said and all(span.starts_with_key for span in spans):
        yield Finding("independent_unsaid", "master", "players cannot use what they are not told")
