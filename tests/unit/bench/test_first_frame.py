"""The figures of the time to the first frame, and its sources; the measuring itself runs in tests/e2e."""

from pathlib import Path

import pytest

from bench.first_frame import Measured, Seen, Upload, figures, misses
from bench.sources import KINDS, Clip, NoRoom, made, needed
from tests.media import ffprobe

SAFE, OTHER = KINDS


def measured(tmp_path: Path, *, safe: bool, client: float, chunk: float) -> Measured:
    path = tmp_path / "clip"
    path.write_bytes(b"video")
    return Measured(Clip(SAFE if safe else OTHER, 10, path), [Seen(client, client, chunk)] * 3)


def test_a_source_that_browsers_play_has_one_second(tmp_path: Path) -> None:
    assert not misses([measured(tmp_path, safe=True, client=0.9, chunk=0)])
    [missed] = misses([measured(tmp_path, safe=True, client=1.1, chunk=0)])
    assert "playable after 1.10 s, not 1.00 s" in missed


def test_another_has_the_time_of_its_first_chunk_beside_it(tmp_path: Path) -> None:
    assert not misses([measured(tmp_path, safe=False, client=2.4, chunk=1.5)])
    slow = measured(tmp_path, safe=False, client=2.6, chunk=1.5)
    assert "not 2.50 s" in misses([slow])[0]
    assert "1.10 (1.10-1.10)" in figures([slow])


def test_the_last_byte_is_the_last_one_that_was_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "clip"
    path.write_bytes(bytes(3 * 1024**2 + 5))
    upload = Upload(path)
    blocks = upload.blocks()
    first = next(blocks)
    assert upload.ended == 0
    assert first + b"".join(blocks) == path.read_bytes()
    assert upload.ended > 0


def test_sources_are_as_long_as_asked_for_and_their_index_is_at_the_end(tmp_path: Path) -> None:
    clips = made(tmp_path, [20, 10])
    assert [(clip.path.suffix, clip.seconds) for clip in clips] == [
        (".mp4", 10),
        (".mp4", 20),
        (".mkv", 10),
        (".mkv", 20),
    ]
    for clip in clips:
        told = ffprobe(clip.path, "-show_format")["format"]
        assert float(told["duration"]) == pytest.approx(clip.seconds, abs=0.2)
    data = clips[0].path.read_bytes()
    assert data.index(b"mdat") < data.index(b"moov")
    assert sum(clip.size for clip in clips) < needed([20, 10])


def test_nothing_is_made_where_there_is_no_room_for_it(tmp_path: Path) -> None:
    with pytest.raises(NoRoom, match="this takes"):
        made(tmp_path, [10**9])
    assert not list(tmp_path.iterdir())
