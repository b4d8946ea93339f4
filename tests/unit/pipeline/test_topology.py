"""Exactly these exchanges and queues: RabbitMQ refuses a declaration in which one argument differs."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.settings import WorkSettings
from pipeline.topology import Binding, derive, rung_name
from tests.chain import stages

GOLDEN = Path(__file__).parents[2] / "golden" / "topology.json"
TOPOLOGY = derive(stages(), WorkSettings().rungs)


def test_names_and_arguments_are_those_that_were_shipped() -> None:
    """A change here must be told: whoever upgrades has to drain and delete what differs."""
    derived = {
        "exchanges": {exchange.name: exchange.type for exchange in TOPOLOGY.exchanges},
        "queues": {
            queue.name: {
                "arguments": dict(queue.arguments),
                "bindings": [
                    [binding.exchange, binding.routing_key, dict(binding.arguments)]
                    for binding in queue.bindings
                ],
            }
            for queue in TOPOLOGY.queues
        },
    }
    assert derived == json.loads(GOLDEN.read_text())


def test_a_queue_binds_every_version_of_what_its_stage_consumes() -> None:
    queue = next(queue for queue in TOPOLOGY.queues if queue.name == "reelmill.notify")
    assert queue.bindings == (
        Binding("reelmill.events", "video.metadata_extracted.*"),
        Binding("reelmill.events", "video.stage_failed.*"),
    )


def test_rungs_and_dead_queues_come_before_the_work_that_may_need_them() -> None:
    names = [queue.name for queue in TOPOLOGY.queues]
    first_work = names.index("reelmill.transcode")
    assert all(".retry." in name or ".dead." in name for name in names[:first_work])
    assert len(names) == first_work + 4


def test_every_queue_is_a_quorum_queue_and_no_message_has_a_ttl_of_its_own() -> None:
    assert {queue.arguments["x-queue-type"] for queue in TOPOLOGY.queues} == {"quorum"}
    with_ttl = [queue.name for queue in TOPOLOGY.queues if "x-message-ttl" in queue.arguments]
    assert with_ttl == [f"reelmill.retry.{name}" for name in ("10s", "1m", "10m", "1h")]


def test_a_rung_sends_a_message_back_under_the_routing_key_it_came_with() -> None:
    rungs = [queue for queue in TOPOLOGY.queues if queue.name.startswith("reelmill.retry.")]
    assert {rung.arguments["x-dead-letter-exchange"] for rung in rungs} == {""}
    assert not any("x-dead-letter-routing-key" in rung.arguments for rung in rungs)


@pytest.mark.parametrize(
    ("delay", "name"),
    [
        (timedelta(milliseconds=20), "20ms"),
        (timedelta(seconds=1), "1s"),
        (timedelta(seconds=1.5), "1500ms"),
        (timedelta(seconds=10), "10s"),
        (timedelta(seconds=90), "90s"),
        (timedelta(minutes=1), "1m"),
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=1), "1h"),
        (timedelta(days=1), "24h"),
    ],
)
def test_a_rung_is_named_by_the_largest_unit_that_fits(delay: timedelta, name: str) -> None:
    assert rung_name(delay) == name
