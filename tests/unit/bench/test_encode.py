"""The comparison of encoders works on a small clip, and its figures mean what they say."""

import asyncio
import sys
from pathlib import Path

import pytest

from bench import quality
from bench.cost import CommandFailed, Cost, in_turn
from bench.encode import Measured, costs, measure, misses, recipe_of, rungs
from bench.ladders import Way, bare, mediacms, ours, peertube
from bench.report import Figures, rotated, table
from tests.media import ffmpeg, make_clip
from workers.media.hls import Recipe


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", size="640x360", rate="24")


@pytest.fixture(scope="module")
def recipe(clip: Path) -> Recipe:
    return asyncio.run(recipe_of(clip))


@pytest.fixture(scope="module")
def measured(clip: Path, recipe: Recipe) -> list[Measured]:
    return measure([make(recipe, clip) for make in (ours, peertube, mediacms, bare)], clip, runs=1)


def test_every_way_makes_every_rung_with_all_the_frames(measured: list[Measured], clip: Path) -> None:
    for way in measured:
        assert [rung.frames for rung in way.rungs] == [quality.frames_of(clip)] * 2, way.way.name
        assert all(0.9 < (rung.ssim or 0) < 1 for rung in way.rungs), way.way.name
        assert way.audio_bytes > 1000
        assert way.costs[0].cpu > 0


def test_the_tables_name_every_way_and_rung(measured: list[Measured], recipe: Recipe) -> None:
    assert all(name in costs(measured) for name in ("ours", "PeerTube's", "MediaCMS's", "bare one pass"))
    assert all(f"| {name} " in rungs(measured, recipe) for name in ("360p", "240p"))


def test_the_peers_cap_is_the_lesser_of_its_target_and_the_source(clip: Path, recipe: Recipe) -> None:
    small, _ = (list(command) for command in peertube(recipe, clip).commands)
    picture = recipe.source.video
    assert picture is not None
    cap = min(0.15 * 640 * 360 * 24, 1.3 * (picture.bit_rate or 0))
    assert small[small.index("-maxrate") + 1] == str(int(cap))
    assert small[small.index("-bufsize") + 1] == str(int(cap * 2))


def test_likeness_is_1_for_the_source_itself_and_less_for_a_worse_copy(clip: Path, tmp_path: Path) -> None:
    ffmpeg("-i", str(clip), "-c:v", "libx264", "-crf", "45", "-c:a", "copy", str(tmp_path / "worse.mp4"))
    same, worse = quality.read(clip, clip), quality.read(tmp_path / "worse.mp4", clip)
    assert same.ssim == 1
    assert worse.ssim is not None
    assert worse.ssim < 0.98
    assert worse.video_bytes < same.video_bytes
    assert worse.audio_bytes == same.audio_bytes


def test_processor_seconds_are_those_of_the_commands_alone(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    cost = in_turn([[sys.executable, "-c", busy]] * 2, tmp_path)
    assert 0.6 <= cost.cpu < 1.5
    assert cost.wall > 0


def test_a_command_that_fails_stops_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="no-such-file"):
        in_turn([["ffmpeg", "-v", "error", "-i", "no-such-file", "out.mp4"]], tmp_path)


def test_ratios_are_taken_run_by_run() -> None:
    assert Figures((2.0, 30.0, 4.0)).over(Figures((4.0, 40.0, 8.0))).shown() == "0.50 (0.50-0.75)"


def test_another_way_goes_first_in_every_run() -> None:
    assert [rotated(["a", "b", "c"], run)[0] for run in range(4)] == ["a", "b", "c", "a"]


def test_a_table_is_markdown_with_even_columns() -> None:
    assert table(("way", "s"), [("ours", 1)]).splitlines() == [
        "| way  | s |",
        "|------|---|",
        "| ours | 1 |",
    ]


def _made(cost: Cost, ssim: float, size: int, frames: int = 48) -> Measured:
    way = Way("some", [], [("360p.mp4",)], None)
    return Measured(way, [cost], [quality.Rendition(frames, size, 0, ssim)])


def test_says_each_thing_that_is_missed() -> None:
    peer = _made(Cost(10, 10), 0.99, 1000)
    assert misses(_made(Cost(7.8, 5), 0.9895, 1000), peer, 48) == []
    missed = misses(_made(Cost(7.9, 5.1), 0.9894, 1001, frames=47), peer, 48)
    assert [line.split()[0] for line in missed] == ["CPU", "Wall", "1001", "360p.mp4:", "some"]
