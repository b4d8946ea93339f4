"""The comparison of buses runs on real servers; of the peers only what needs no download."""

from pathlib import Path

import pytest

from bench.bus.measuring import Measuring
from bench.bus.ways import Way, ways
from tests.servers import PostgresServer, RabbitServer


@pytest.mark.parametrize("way", [way for way in ways() if not way.theirs], ids=lambda way: way.database)
def test_every_event_is_timed_from_its_publish_to_its_handler(
    way: Way, rabbitmq: RabbitServer, postgres: PostgresServer, tmp_path: Path
) -> None:
    measuring = Measuring(rabbitmq, postgres, tmp_path, theirs=tmp_path / "not made")
    assert measuring.throughput(way, events=5) > 0
    latency = measuring.latency(way, events=5, interval=0.01)
    assert 0 < latency.p50 <= latency.p99
