"""The comparison of uploads runs against a whole installation."""

from pathlib import Path

from bench.upload import figures, measure
from tests.installation import Installation


def test_both_ways_are_timed_in_turns_and_their_memory_told(installation: Installation, clip: Path) -> None:
    sent = measure(installation, clip, padding=9 * 1024**2, runs=1)
    assert [len(each) for each in sent.values()] == [1, 1]
    assert all(one.rate > 0 and one.peak > 10 for each in sent.values() for one in each)
    assert "raw multipart PUT" in figures(sent)
