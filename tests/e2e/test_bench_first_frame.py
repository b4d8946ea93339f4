"""The time to the first frame is measured against a whole installation."""

from pathlib import Path

from bench.first_frame import figures, measure
from bench.sources import made
from tests.installation import Installation


def test_a_source_of_each_kind_becomes_playable_and_leaves_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    before = len(installation.client.get("/v1/videos").json()["items"])
    safe, other = measure(installation, made(tmp_path, [10]), runs=1)
    assert [each.clip.path.suffix for each in (safe, other)] == [".mp4", ".mkv"]
    assert safe.seen[0].chunk == 0
    assert other.seen[0].chunk > 0
    assert other.seen[0].server > other.seen[0].chunk / 10
    assert all(one.client > 0 for each in (safe, other) for one in each.seen)
    assert "MPEG-4 ASP + AAC in Matroska" in figures([safe, other])
    assert len(installation.client.get("/v1/videos").json()["items"]) == before
