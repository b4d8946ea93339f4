"""A few damaged sources through the whole installation; `./reelmill chaos sources` sends two hundred."""

from pathlib import Path

from chaos.damage import CONTAINERS, DAMAGES, damaged
from chaos.sources import run, summary
from tests.installation import Installation

SEED = 5
TWELVE = range(0, 36, 3)
"""Every container, every damage."""


def test_no_damaged_source_hangs_or_becomes_a_broken_video_and_each_failure_says_why(
    installation: Installation, tmp_path: Path
) -> None:
    ended = run(installation.url, damaged(tmp_path, SEED, TWELVE))
    assert not [one for one in ended if one.wrong], summary(ended)
    assert {one.status for one in ended} == {"ready", "failed"}
    assert {one.source.container for one in ended} == set(CONTAINERS)
    assert {one.source.damage for one in ended} == set(DAMAGES)
