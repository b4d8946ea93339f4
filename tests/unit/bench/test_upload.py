"""The figures of the upload comparison; the comparison itself runs in tests/e2e."""

import os
from pathlib import Path

from bench.memory import forget_peak, peak
from bench.padding import padded
from bench.raw_put import Blocks
from bench.upload import Sent, figures
from tests.media import frame_count, make_clip


def test_a_padded_clip_is_as_long_as_asked_for_and_still_a_video(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", sound=False)
    whole = tmp_path / "padded.mp4"
    whole.write_bytes(b"".join(padded(clip.read_bytes(), 3 * 1024**2 + 5)))
    assert whole.stat().st_size == clip.stat().st_size + 3 * 1024**2 + 5
    assert frame_count(whole) == frame_count(clip)


def test_the_raw_put_sends_the_same_bytes() -> None:
    blocks = Blocks(padded(b"clip", 100_000))
    read = iter(lambda: blocks.read(4096), b"")
    assert b"".join(read) == b"".join(padded(b"clip", 100_000))


def test_a_peak_can_be_forgotten() -> None:
    filler = b"\1" * (64 * 1024**2)
    high = peak(os.getpid())
    assert len(filler) < high * 1024**2
    del filler
    forget_peak(os.getpid())
    assert peak(os.getpid()) < high - 32


def test_rates_are_related_pair_by_pair() -> None:
    sent = {
        "upload": [Sent(90, 120), Sent(160, 130), Sent(100, 110)],
        "raw": [Sent(100, 60), Sent(200, 60), Sent(100, 60)],
    }
    ours = figures(sent).splitlines()[2]
    assert "100 (90-160)" in ours
    assert "0.90 (0.80-1.00)" in ours
    assert "+60" in ours
