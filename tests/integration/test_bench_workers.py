"""Two workers against one, on real parts and a small clip; how fast they are is for the benchmark itself."""

from pathlib import Path

import pytest

from bench.equal import Equal, equal_chunks
from bench.workers import Measured, Workers, figures
from tests.media import H264, make_clip
from tests.servers import PostgresServer, RabbitServer, S3Server


@pytest.fixture
def equal(tmp_path: Path) -> Equal:
    clip = make_clip(tmp_path / "clip.mp4", *H264, "-g", "25", size="320x240")
    return equal_chunks(clip, 3, 1, tmp_path)


def test_a_clip_repeats_to_chunks_of_one_length(equal: Equal) -> None:
    chunks = equal.planned("source").chunks
    assert [(chunk.first, chunk.until) for chunk in chunks] == [(0, 1), (1, 2), (2, None)]
    assert {chunk.queue for chunk in chunks} == {"tail"}
    assert equal.recipe.source.duration == pytest.approx(12, abs=0.1)


def test_one_worker_and_two_encode_all_that_the_join_asks_for(
    equal: Equal, rabbitmq: RabbitServer, postgres: PostgresServer, s3: S3Server, tmp_path: Path
) -> None:
    measured = Workers(rabbitmq, postgres, s3, tmp_path).measure(equal, runs=1)
    assert all(seconds > 0 for way in vars(measured).values() for seconds in way)
    assert "workers, all chunks" in figures(measured)


def test_speed_is_told_run_by_run_beside_what_the_machine_gives() -> None:
    measured = Measured(one=[20, 30, 40], two=[10, 20, 20], alone=[2, 2, 2], beside=[2, 4, 2.5])
    assert measured.speed.values == (2.0, 1.5, 2.0)
    assert measured.machine.values == (2.0, 1.0, 1.6)
