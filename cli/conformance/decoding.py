"""Decodes a rendition with ffprobe, which reads only what is piped to it, and counts its frames."""

import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from typing import IO

from cli.conformance.findings import Finding
from cli.conformance.media import Part
from cli.conformance.places import Absent, Place
from cli.conformance.renditions import Rendition, Segment

_SAID = 300
"""Characters of what the decoder says that are repeated."""


def check_decoding(place: Place, rendition: Rendition) -> Iterator[Finding]:
    """Of a rendition that was measured whole. Segments with one init segment are decoded as one file."""
    if not rendition.whole:
        return
    for run in _runs(rendition.segments):
        decoded, said = _decode(place, rendition, run)
        if said:
            yield Finding("decode_error", run[0].where, said[:_SAID])
        for kind in rendition.tracks:
            expected = sum(segment.spans[kind].frames for segment in run if kind in segment.spans)
            count = decoded.get(kind, 0)
            if count != expected:
                yield Finding("decode_count", run[0].where, f"{count} of {expected} frames of {kind}")


def _runs(segments: list[Segment]) -> list[list[Segment]]:
    runs: list[list[Segment]] = []
    for segment in segments:
        if runs and runs[-1][-1].entry.init == segment.entry.init and not segment.entry.discontinuity:
            runs[-1].append(segment)
        else:
            runs.append([segment])
    return runs


def _decode(place: Place, rendition: Rendition, run: list[Segment]) -> tuple[dict[str, int], str]:
    """Frames by kind, and what was said on stderr."""
    form = ["-f", "mov", "-ignore_editlist", "1"] if run[0].entry.init else ["-f", "mpegts"]
    asked = ["-count_frames", "-show_entries", "stream=codec_type,nb_read_frames", "-of", "json"]
    # One thread: with several a broken first picture goes unnoticed when the second one is a keyframe, too.
    command = ["ffprobe", "-hide_banner", "-v", "error", "-threads", "1", *form, *asked, "-i", "pipe:0"]
    with tempfile.TemporaryFile() as said:
        ran = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said)
        with ran:
            assert ran.stdin is not None and ran.stdout is not None  # noqa: S101, PT018  # both are pipes
            feeder = threading.Thread(target=_feed, args=(ran.stdin, place, rendition, run))
            feeder.start()
            answer = ran.stdout.read()
            feeder.join()
        said.seek(0)
        words = said.read().decode(errors="replace").strip()
    if ran.returncode != 0:
        return {}, words or f"it ended with {ran.returncode}"
    # The first of a kind, as it is measured.
    streams = reversed(json.loads(answer).get("streams", []))
    return {one["codec_type"]: int(one.get("nb_read_frames", 0)) for one in streams}, words


def _feed(pipe: IO[bytes], place: Place, rendition: Rendition, run: list[Segment]) -> None:
    try:
        with pipe:
            for part in _parts(run):
                pipe.write(place.read(place.join(rendition.address, part.uri), part.range))
    except (BrokenPipeError, Absent):
        return  # what is missing shows in the count of frames


def _parts(run: list[Segment]) -> Iterator[Part]:
    if run[0].entry.init is not None:
        yield run[0].entry.init
    yield from (segment.entry.part for segment in run)
