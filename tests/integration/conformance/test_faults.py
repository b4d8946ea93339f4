"""The checker finds every fault that is planted, names it by its code, and says nothing else."""

import pytest

from cli.conformance import limits
from cli.conformance.decoding import check_decoding
from cli.conformance.findings import ERRORS, WARNINGS, Finding
from cli.conformance.places import Folder, master_in
from tests.integration.conformance.faults import FAULTS, VIDEO_CLOCK, Fault, marked, other_init
from tests.integration.conformance.trees import Copy, shift

_ELSEWHERE = {"drift", "extinf_drift", "timestamp_map_missing"}
"""Found by tests of their own here: they need a tree of many segments, or one that starts at 0."""


def _decoded(copy: Copy) -> set[str]:
    tree = copy.inspect().tree
    assert tree is not None
    found = [one for rendition in tree.renditions.values() for one in check_decoding(Folder(), rendition)]
    return {finding.code for finding in found}


def _found(copy: Copy, *, decode: bool) -> set[str]:
    found = master_in(copy.root)
    if isinstance(found, Finding):
        return {found.code}
    return copy.codes() | (_decoded(copy) if decode else set())


def test_an_untouched_tree_has_no_fault(own: Copy) -> None:
    assert own.inspect().findings == []
    assert _decoded(own) == set()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_planted_fault_is_found(own: Copy, fault: Fault) -> None:
    fault.plant(own)
    assert _found(own, decode=fault.decode) == fault.codes


def test_a_planted_fault_exists_for_every_code() -> None:
    planted = {code for fault in FAULTS.values() for code in fault.codes}
    assert planted | _ELSEWHERE == ERRORS.keys() | WARNINGS.keys()


def test_a_discontinuity_allows_another_init_segment(own: Copy) -> None:
    other_init(own)
    marked("360p", "240p")(own)
    assert own.codes() == set()


def test_the_end_of_sound_may_be_told_with_its_last_frame_whole(own: Copy) -> None:
    """The last frame of 1024 samples is padded; ffmpeg cuts it in trun."""
    tree = own.inspect().tree
    assert tree is not None
    end = tree.renditions["audio/index.m3u8"].spans("audio")[-1]
    length = end.frames * 1024 / 48_000
    assert length > end.lasts + limits.EXTINF
    for told, found in ((length + 0.002, {"extinf_wrong"}), (length, set()), (float(end.lasts), set())):
        last = r"#EXTINF:.*(\n.*\n#EXT-X-ENDLIST)"
        own.edit(own.playlist("audio"), last, rf"#EXTINF:{told:.6f},\1")
        assert own.codes() == found


def test_a_growing_playlist_may_tell_how_much_it_may_become(growing: Copy) -> None:
    assert growing.codes() == set()
    growing.edit(growing.master, "=9000000", "=900")
    assert growing.codes() == {"bandwidth_low", "average_bandwidth_low"}


def test_small_errors_that_add_up_are_found(growing: Copy) -> None:
    for number, segment in enumerate(growing.segments("all")):
        shift(segment, number * 0.0009, VIDEO_CLOCK)
    assert growing.codes() == {"drift"}


def test_roundings_that_add_up_are_found(growing: Copy) -> None:
    growing.edit(growing.playlist("all"), "EXTINF:0.080000", "EXTINF:0.080900")
    assert growing.codes() == {"extinf_drift"}


def test_subtitles_without_a_map_are_only_a_warning_while_the_picture_starts_at_0(own: Copy) -> None:
    for rendition in ("360p", "240p"):
        for segment in own.segments(rendition):
            shift(segment, -10, VIDEO_CLOCK)
    for segment in own.segments("audio"):
        shift(segment, -(10 - 1024 / 48_000), 48_000)
    own.edit(own.root / "words" / "0.vtt", "X-TIMESTAMP-MAP.*\n", "")
    assert "timestamp_map_missing" in own.codes()
    assert "timestamp_map_wrong" not in own.codes()
