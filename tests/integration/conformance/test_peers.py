"""Trees made as others make theirs: what is wrong with them is found, and nothing is invented."""

from pathlib import Path

import pytest

from cli.conformance.decoding import check_decoding
from cli.conformance.places import Folder
from tests.integration.conformance.trees import make_peers, make_restless

_FORMS = {
    "fmp4": ("-hls_segment_type", "fmp4", "-hls_flags", "single_file", "-hls_segment_filename", "{}/all.mp4"),
    "mpegts": (),
}
_ALIGNED = ("-keyint_min", "48", "-sc_threshold", "0")
_UNALIGNED = {"boundaries_differ", "keyframes_differ"}
_OF_THEIR_MASTER = {
    "codecs_missing",
    "frame_rate_missing",
    "average_bandwidth_missing",
    "independent_unsaid",
    "bandwidth_low",
    "bandwidth_high",
}
"""The test writes it, and its figures are made up."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_restless(tmp_path_factory.mktemp("restless") / "source.mp4")


@pytest.mark.parametrize("form", _FORMS)
def test_renditions_that_were_encoded_apart_are_found_to_be_unaligned(
    source: Path, tmp_path: Path, form: str
) -> None:
    found = make_peers(source, tmp_path, *_FORMS[form]).codes()
    assert found >= _UNALIGNED
    more = {"segments_differ", "target_durations_differ"}
    assert found - _OF_THEIR_MASTER <= _UNALIGNED | more


@pytest.mark.parametrize("form", _FORMS)
def test_renditions_that_were_forced_to_align_are_not(source: Path, tmp_path: Path, form: str) -> None:
    peers = make_peers(source, tmp_path, *_FORMS[form], *_ALIGNED)
    done = peers.inspect()
    assert {finding.code for finding in done.findings} - _OF_THEIR_MASTER == set()
    assert done.tree is not None
    for rendition in done.tree.renditions.values():
        assert set(rendition.tracks) == {"video", "audio"}
        assert sum(span.frames for span in rendition.spans("video")) == 9 * 24
        assert list(check_decoding(Folder(), rendition)) == []


def test_open_groups_of_hevc_in_a_transport_stream_are_told_from_gaps(source: Path, tmp_path: Path) -> None:
    open_groups = "log-level=none:keyint=48:min-keyint=48:open-gop=1:scenecut=0"
    hevc = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", open_groups)
    peers = make_peers(source, tmp_path, sides=(144,), encoder=hevc)
    done = peers.inspect()
    assert {finding.code for finding in done.findings} - _OF_THEIR_MASTER == set()
    assert done.tree is not None
    assert done.tree.renditions["144/index.m3u8"].tracks["video"].codec == "hvc1.1.6.L60.90"


@pytest.mark.parametrize("form", _FORMS)
def test_frames_of_uneven_length_are_told_from_gaps(source: Path, tmp_path: Path, form: str) -> None:
    """ffmpeg 5.1 counts the last segment's frames as if they were even, and writes a wrong EXTINF for it."""
    uneven = ("-vf", "scale=256:144,select='not(eq(mod(n,7),3))'", "-fps_mode", "vfr")
    peers = make_peers(source, tmp_path, *_FORMS[form], *uneven, sides=(144,))
    found = [finding for finding in peers.inspect().findings if finding.code not in _OF_THEIR_MASTER]
    assert [finding.code for finding in found] == ["extinf_wrong"]


def test_a_transport_stream_cut_short_is_found(source: Path, tmp_path: Path) -> None:
    peers = make_peers(source, tmp_path, *_ALIGNED, sides=(144,))
    segment = peers.segments("144")[1]
    segment.write_bytes(segment.read_bytes()[:-1000])
    assert peers.codes() - _OF_THEIR_MASTER == {"segment_truncated"}


def test_a_transport_stream_that_lost_packets_is_found(source: Path, tmp_path: Path) -> None:
    peers = make_peers(source, tmp_path, *_ALIGNED, sides=(144,))
    segment = peers.segments("144")[1]
    data = segment.read_bytes()
    segment.write_bytes(data[: 188 * 40] + data[188 * 43 :])
    assert peers.codes() - _OF_THEIR_MASTER == {"segment_unreadable"}
