"""What is measured of a track's samples, and the rates that come of it."""

from dataclasses import replace
from fractions import Fraction

import pytest

from cli.conformance.boxes import Broken
from cli.conformance.fragments import Sample
from cli.conformance.joint_checks import check_joints
from cli.conformance.master_checks import pace
from cli.conformance.media import Entry, MediaPlaylist, Part
from cli.conformance.rates import rates
from cli.conformance.renditions import Rendition, Segment
from cli.conformance.spans import Span, measure
from cli.conformance.tracks import AUDIO, VIDEO, Track

PICTURE = Track(1, VIDEO, 25, "avc1.64001e", family="avc")
SOUND = Track(1, AUDIO, 48_000, "mp4a.40.2")
IDR, OTHER = b"\0\0\0\x02\x65\0", b"\0\0\0\x02\x41\0"


def picture(number: int, *, late: int = 0, key: bool = False) -> Sample:
    return Sample(number, number + late, 1, key, memoryview(IDR if key else OTHER))


def sound(start: int) -> Sample:
    return Sample(start, start, 1024, sync=True, data=memoryview(b""))


def rendition(*spans: Span, sizes: tuple[int, ...] = (), target: int = 4, kind: str = VIDEO) -> Rendition:
    playlist = MediaPlaylist(7, 7, target, "VOD", ended=True, independent=True, entries=())
    sizes = sizes or (1,) * len(spans)
    segments = [
        Segment(str(number), Entry(Part(str(number)), span.lasts, None, False, False), size, {kind: span})
        for number, (span, size) in enumerate(zip(spans, sizes, strict=True))
    ]
    return Rendition("r", "r", playlist, {kind: PICTURE if kind == VIDEO else SOUND}, segments)


def lasting(seconds: int) -> Span:
    return measure(PICTURE, [picture(n, key=n == 0) for n in range(25 * seconds)], lengths=True)


def codes(of: Rendition) -> set[str]:
    return {finding.code for finding in check_joints(of)}


def test_pictures_are_measured_on_both_clocks() -> None:
    shifted = replace(PICTURE, shift=Fraction(-2, 25))
    order = [picture(10, late=2, key=True), picture(11, late=3), picture(12, late=1)]
    span = measure(shifted, order, lengths=True)
    assert (span.decoded, span.decoded_end) == (Fraction(8, 25), Fraction(11, 25))
    assert (span.shown, span.shown_end) == (Fraction(10, 25), Fraction(13, 25))
    assert span.keys == (Fraction(10, 25),)
    assert span.starts_with_key


def test_a_hole_inside_of_a_segment_is_a_gap() -> None:
    span = measure(SOUND, [sound(0), sound(1024), sound(2048 + 480)], lengths=True)
    assert span.hole == Fraction(1, 100)
    assert codes(rendition(span, kind=AUDIO)) == {"gap"}


def test_sound_that_lies_over_itself_inside_of_a_segment_is_an_overlap() -> None:
    span = measure(SOUND, [sound(0), sound(1024 - 480)], lengths=True)
    assert codes(rendition(span, kind=AUDIO)) == {"overlap"}


def test_a_picture_that_is_lost_although_the_clock_of_decoding_is_whole_is_found() -> None:
    samples = [picture(0, key=True), picture(1), picture(2, late=1), picture(3, late=1)]
    assert codes(rendition(measure(PICTURE, samples, lengths=True))) == {"shown_gap"}


def test_two_pictures_of_one_moment_are_found() -> None:
    samples = [picture(0, key=True), picture(1), picture(2, late=-1), picture(3, late=-1)]
    assert codes(rendition(measure(PICTURE, samples, lengths=True))) == {"shown_overlap"}


def test_pictures_that_their_lengths_do_not_fill_are_refused() -> None:
    broken = Sample(0, 0, 1, sync=True, data=memoryview(b"\0\0\0\x09\x65\0"))
    with pytest.raises(Broken):
        measure(PICTURE, [broken], lengths=True)


def test_hevc_may_start_with_a_clean_random_access_picture() -> None:
    track = replace(PICTURE, family="hevc")
    for kind, starts in ((19, True), (21, True), (1, False)):
        data = memoryview(bytes([0, 0, 0, 2, kind << 1, 1]))
        assert measure(track, [Sample(0, 0, 1, True, data)], lengths=True).starts_with_key is starts


def test_the_peak_is_over_runs_of_half_to_one_and_a_half_target_durations() -> None:
    """One second at the end says nothing of the line that is needed, two of them do."""
    spans = [lasting(4), lasting(4), lasting(1)]
    found = rates(rendition(*spans, sizes=(400, 200, 5000)))
    assert found is not None
    assert found.peak == Fraction((200 + 5000) * 8, 5)
    assert found.average == Fraction(5600 * 8, 9)


def test_the_peak_is_the_average_where_nothing_lasts_long_enough() -> None:
    found = rates(rendition(lasting(1), sizes=(100,), target=4))
    assert found is not None
    assert found.peak == found.average == 800


def test_no_rate_is_told_of_what_was_not_measured_whole() -> None:
    part = rendition(lasting(4))
    part.segments.append(replace(part.segments[0], spans={}))
    assert rates(part) is None


def test_the_fastest_pace_is_told_where_frames_differ_in_length() -> None:
    uneven = [Sample(0, 0, 1, True, memoryview(IDR)), Sample(1, 1, 3, False, memoryview(OTHER)), picture(4)]
    found = pace(rendition(measure(PICTURE, uneven, lengths=True)))
    assert found == (Fraction(25, 2), Fraction(25))
