"""What a broker's condition means."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.checkup.broker import of_ack_timeout, of_broker
from pipeline.checkup.findings import Finding, Verdict
from pipeline.condition import BrokerCondition, Management, QueueCondition
from tests.chain import stages

STAGES = stages()
WELL = BrokerCondition(
    "RabbitMQ",
    "4.0.5",
    {f"reelmill.{stage.name}": QueueCondition(0, 1) for stage in STAGES},
    management=Management(),
)
MINUTE = timedelta(minutes=1)


def found(broker: BrokerCondition) -> dict[str, Finding]:
    return {finding.code: finding for finding in of_broker(broker, STAGES)}


def test_a_broker_that_is_well_has_nothing_to_mend() -> None:
    findings = of_broker(WELL, STAGES)
    assert {finding.verdict for finding in findings} == {Verdict.OK}


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("3.9.29", Verdict.WRONG),
        ("3.10.8", Verdict.OK),
        ("3.13.7", Verdict.OK),
        ("4.0.5", Verdict.OK),
        ("4.3.0", Verdict.OK),
        ("5.0.0", Verdict.NOTE),
        ("unknown", Verdict.NOTE),
    ],
)
def test_versions_that_it_runs_on_are_told_from_those_it_does_not(version: str, verdict: Verdict) -> None:
    finding = found(replace(WELL, version=version))["broker_version"]
    assert finding.verdict is verdict
    assert version in finding.said


def test_another_broker_is_worth_knowing() -> None:
    assert found(replace(WELL, product="LavinMQ"))["broker_version"].verdict is Verdict.NOTE


def test_what_is_missing_is_named_with_how_to_bring_it_back() -> None:
    finding = found(replace(WELL, missing=("reelmill.dead", "reelmill.notify")))["topology_missing"]
    assert finding.verdict is Verdict.WRONG
    assert "reelmill.dead, reelmill.notify" in finding.said
    assert "Restart" in finding.next


def test_a_queue_with_other_arguments_is_named_with_what_rabbitmq_says() -> None:
    finding = found(replace(WELL, unlike={"reelmill.notify": "inequivalent arg"}))["topology_unlike"]
    assert finding.verdict is Verdict.WRONG
    assert "reelmill.notify" in finding.said
    assert "inequivalent arg" in finding.said


def test_a_queue_that_nobody_takes_from_is_wrong_and_names_the_worker_to_start() -> None:
    queues = dict(WELL.queues) | {"reelmill.notify": QueueCondition(7, 0)}
    finding = found(replace(WELL, queues=queues))["no_consumer"]
    assert finding.verdict is Verdict.WRONG
    assert "wait there: 7." in finding.said
    assert finding.next.endswith("python -m workers notify")


def test_an_alarm_and_a_node_that_is_down_are_wrong() -> None:
    seen = Management(alarms=("rabbit@a is short of memory",), down=("rabbit@b of the cluster is down",))
    findings = found(replace(WELL, management=seen))
    assert findings["broker_alarm"].verdict is findings["broker_node"].verdict is Verdict.WRONG
    assert "short of memory" in findings["broker_alarm"].said


def test_a_binding_that_is_gone_is_wrong() -> None:
    findings = found(replace(WELL, management=Management(unbound=("reelmill.notify",))))
    assert findings["topology_unbound"].verdict is Verdict.WRONG


def test_a_queue_that_is_missing_is_not_told_of_twice() -> None:
    seen = Management(unbound=("reelmill.notify",))
    assert "topology_unbound" not in found(replace(WELL, missing=("reelmill.notify",), management=seen))


@pytest.mark.parametrize(("count", "step"), [(0, "delete it"), (3, "never before")])
def test_a_rung_of_before_is_worth_knowing_and_deleted_only_when_it_is_empty(count: int, step: str) -> None:
    seen = Management(left_over={"reelmill.retry.5m": count})
    finding = found(replace(WELL, management=seen))["left_over"]
    assert finding.verdict is Verdict.NOTE
    assert step in finding.next


def test_queues_of_a_stage_that_is_no_more_are_worth_knowing() -> None:
    seen = Management(left_over={"reelmill.download": 2, "reelmill.dead.download": 1})
    findings = [one for one in of_broker(replace(WELL, management=seen), STAGES) if one.code == "left_over"]
    assert len(findings) == 2
    assert "2 events" in findings[0].said
    assert "1 dead letters" in findings[1].said


def test_what_could_not_be_looked_at_is_said() -> None:
    findings = found(replace(WELL, management=None, not_managed="it does not answer."))
    assert findings["not_managed"].verdict is Verdict.NOTE
    assert "it does not answer" in findings["not_managed"].said
    assert "REELMILL_BROKER__MANAGEMENT_URL" in findings["not_managed"].next


def test_an_ack_timeout_that_is_shorter_than_the_longest_job_is_wrong() -> None:
    short = replace(WELL, management=Management(ack_timeout=MINUTE))
    finding = of_ack_timeout(short, MINUTE * 2)
    assert finding.verdict is Verdict.WRONG
    assert "consumer_timeout = 240000" in finding.next


def test_one_that_is_longer_or_has_nothing_to_compare_with_is_not() -> None:
    short = replace(WELL, management=Management(ack_timeout=MINUTE))
    assert of_ack_timeout(short, MINUTE / 2).verdict is Verdict.OK
    assert of_ack_timeout(short, None).verdict is Verdict.OK


def test_one_that_could_not_be_looked_at_is_not_claimed_to_be_known() -> None:
    for broker in (WELL, replace(WELL, management=None)):
        assert "does not tell" in of_ack_timeout(broker, MINUTE).said
        assert of_ack_timeout(broker, MINUTE).verdict is Verdict.OK
        assert of_ack_timeout(broker, MINUTE * 31).verdict is Verdict.NOTE
