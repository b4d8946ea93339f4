"""The figures of open streams are taken of a whole installation."""

from pathlib import Path

from bench.streams import figures, measure
from tests.installation import Installation


def test_all_streams_hear_of_every_change_and_what_they_cost_is_told(
    installation: Installation, clip: Path
) -> None:
    phases = measure(installation, clip, streams=6, still=1, seconds=2)
    alone, together = phases[:3], phases[3:]
    assert [one.events for one in alone] == [0, 0, 0]
    _, processed, renamed = together
    assert processed.events >= 5
    assert renamed.events >= 5 * 20
    assert all(one.proportional <= one.resident <= one.peak + 1 for one in phases)
    assert "6 listen, 1 of them without reading" in figures(phases)
