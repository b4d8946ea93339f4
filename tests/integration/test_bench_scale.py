"""The comparison with the ideal runs on the real broker, ledger and runner."""

from pathlib import Path

import pytest

from bench.scale import Finished, Scale, figures, ideal
from bench.simulated import wait_of
from tests.servers import PostgresServer, RabbitServer


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_workers_finish_all_chunks_in_no_less_than_the_ideal(
    database: str, rabbitmq: RabbitServer, postgres: PostgresServer, tmp_path: Path
) -> None:
    scale = Scale(rabbitmq, postgres, tmp_path, database, processes=2)
    finished = scale.run(chunks=6, videos=1, workers=2, wait=0.05)
    assert finished.ideal == pytest.approx(sum(wait_of(number, 0.05) for number in range(6)) / 2)
    assert finished.seconds >= finished.ideal
    assert "| 2 " in figures([finished])


def test_ideal_shares_the_waits_of_all_videos_out_evenly() -> None:
    assert ideal(100, 2, 4, 1.0) == pytest.approx(2 * sum(wait_of(number, 1.0) for number in range(50)) / 4)


def test_waits_are_of_the_mean_and_the_same_in_every_run() -> None:
    waits = [wait_of(number, 4.0) for number in range(1000)]
    assert waits == [wait_of(number, 4.0) for number in range(1000)]
    assert sum(waits) / len(waits) == pytest.approx(4, rel=0.05)
    assert min(waits) >= 2
    assert max(waits) <= 6


def test_the_part_of_ideal_is_less_the_longer_it_took() -> None:
    assert Finished(10, 20.0, 18.0).part == 0.9
