"""What the management API's answers mean, and what is said when it gives none."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from pipeline.adapters.rabbitmq.management import NotManaged, _ack_timeout, _alarms, _down, looked_at
from pipeline.broker_settings import BrokerSettings
from pipeline.topology import derive
from tests.chain import stages

TOPOLOGY = derive(stages(), [timedelta(seconds=1)])


def queue(name: str, **said: object) -> dict[str, object]:
    return {"name": name, "arguments": {}, "effective_policy_definition": []} | said


def test_a_node_that_is_short_of_something_down_or_apart_is_told_by_its_name() -> None:
    nodes = [
        {"name": "a", "running": True, "mem_alarm": True, "disk_free_alarm": False, "partitions": []},
        {"name": "b", "running": True, "mem_alarm": False, "disk_free_alarm": True, "partitions": ["c"]},
        {"name": "c", "running": False},
    ]
    assert list(_alarms(nodes)) == ["a is short of memory", "b is short of disk"]
    assert list(_down(nodes)) == ["b does not see c", "c of the cluster is down"]


def test_the_shortest_ack_timeout_of_a_workers_queue_counts_by_argument_or_policy() -> None:
    policy = {"effective_policy_definition": {"consumer-timeout": 60_000}}
    queues = [
        queue("reelmill.transcode", arguments={"x-consumer-timeout": 90_000}),
        queue("reelmill.thumbnail", **policy),
        queue("reelmill.dead.thumbnail", arguments={"x-consumer-timeout": 1000}),
        queue("somebody.elses", arguments={"x-consumer-timeout": 1000}),
    ]
    assert _ack_timeout(queues, TOPOLOGY) == timedelta(minutes=1)
    assert _ack_timeout([queue("reelmill.transcode")], TOPOLOGY) is None


@pytest.mark.parametrize(
    "settings",
    [
        BrokerSettings(
            url=SecretStr("amqp://me:secret@127.0.0.1/"),
            management_url=SecretStr("http://me:secret@127.0.0.1:9"),
        ),
        BrokerSettings(
            url=SecretStr("amqp://me:secret@127.0.0.1/,amqp://me:secret@127.0.0.2/"),
            management_url=SecretStr("http://127.0.0.1:9"),
        ),
    ],
)
async def test_where_none_answers_that_is_said_without_a_password(settings: BrokerSettings) -> None:
    with pytest.raises(NotManaged, match=r"does not answer at 127\.0\.0\.1:9") as said:
        await looked_at(settings, TOPOLOGY)
    assert "secret" not in str(said.value)
