"""What RabbitMQ's condition means: its version, its alarms, its topology, how long it waits for an ack."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from pipeline.checkup.findings import Finding, in_words, listed, note, ok, wrong
from pipeline.condition import BrokerCondition, Management
from pipeline.stage import Stage
from pipeline.topology import DEAD, RETRY, work_queue

_OLDEST, _NEWEST = (3, 10), (4, 3)
_DEFAULT_ACK_TIMEOUT = timedelta(minutes=30)
"""Of a RabbitMQ that nobody told otherwise."""
_RESTART = "Restart the API or any worker: each declares what is missing when it connects."


def of_broker(broker: BrokerCondition, stages: Sequence[Stage]) -> Iterator[Finding]:
    yield _version(broker)
    yield from _topology(broker)
    yield from _consumers(broker, stages)
    yield from _management(broker)


def of_ack_timeout(broker: BrokerCondition, longest: timedelta | None) -> Finding:
    """A job that takes longer goes on and commits, but its delivery comes back meanwhile."""
    code, known = "ack_timeout", broker.management and broker.management.ack_timeout
    timeout = known or _DEFAULT_ACK_TIMEOUT
    waits = f"RabbitMQ waits {in_words(timeout.total_seconds())} for an acknowledgement"
    if not known:
        waits = f"How long RabbitMQ waits for an acknowledgement its API does not tell; {_UNTOLD}"
    if longest is None:
        return ok("broker", code, f"{waits}. No job has ended yet to compare with.")
    took = f"the longest job took {in_words(longest.total_seconds())}"
    if longest < timeout:
        return ok("broker", code, f"{waits}; {took}.")
    milliseconds = round(longest.total_seconds() * 2 * 1000)
    mend = f"Set `consumer_timeout = {milliseconds}` in rabbitmq.conf, and restart RabbitMQ."
    told = f"{waits}; {took}. Jobs that long get their event a second time, and wait for nothing."
    return wrong("broker", code, told, mend) if known else note("broker", code, told, mend)


_UNTOLD = f"unless it was told otherwise it is {in_words(_DEFAULT_ACK_TIMEOUT.total_seconds())}"


def _version(broker: BrokerCondition) -> Finding:
    said, code = f"{broker.product} {broker.version}", "broker_version"
    numbers = re.findall(r"\d+", broker.version)[:2]
    version = tuple(map(int, numbers))
    if len(version) < 2 or broker.product != "RabbitMQ":
        return note("broker", code, f"{said} answers, which nobody has run Reelmill on.")
    if version < _OLDEST:
        return wrong("broker", code, f"{said} is too old: it has no at-least-once dead letters.", _UPGRADE)
    if version >= (5, 0):
        return note("broker", code, f"{said} is newer than what Reelmill was run on (3.10 to 4.x).")
    if version >= _NEWEST:
        return ok("broker", code, f"{said} answers. What 4.3 refuses (transient queues) is not used.")
    if version < (4, 0):
        trap = "there each lost connection counts as a delivery, of which an event has 20"
        return ok("broker", code, f"{said} answers; {trap}.")
    return ok("broker", code, f"{said} answers.")


_UPGRADE = "Upgrade RabbitMQ to 3.10 or later; 4.x is best."


def _topology(broker: BrokerCondition) -> Iterator[Finding]:
    if broker.missing:
        said = f"Missing: {listed(broker.missing)}."
        yield wrong("topology", "topology_missing", said, _RESTART)
    for name, why in broker.unlike.items():
        yield wrong(
            "topology",
            "topology_unlike",
            f"{name} was declared with other arguments: {why}",
            "Let it run empty, delete it in the RabbitMQ UI, then restart the API or any worker.",
        )
    if not broker.missing and not broker.unlike:
        number = len(broker.queues)
        yield ok("topology", "topology_whole", f"All {number} queues are there, with their arguments.")


def _consumers(broker: BrokerCondition, stages: Sequence[Stage]) -> Iterator[Finding]:
    there = {stage: broker.queues.get(work_queue(stage.name)) for stage in stages}
    steps = {stage.step: None for stage, queue in there.items() if queue and not queue.consumers}
    if not steps:
        yield ok("topology", "consumers", "Every worker's queue has somebody who takes from it.")
    for step in steps:
        waiting = sum(queue.ready for stage, queue in there.items() if queue and stage.step == step)
        said = f"No worker takes from the queues of {step}; events that wait there: {waiting}."
        yield wrong("topology", "no_consumer", said, f"Start one: python -m workers {step}")


def _management(broker: BrokerCondition) -> Iterator[Finding]:
    seen = broker.management
    if seen is None:
        said = f"Alarms, bindings and queues left over could not be looked at: {broker.not_managed}"
        yield note("broker", "not_managed", said, "Say where its API is: REELMILL_BROKER__MANAGEMENT_URL.")
        return
    for alarm in seen.alarms:
        yield wrong("broker", "broker_alarm", f"RabbitMQ takes no messages: {alarm}.", _ALARM)
    if not seen.alarms:
        yield ok("broker", "broker_alarms", "RabbitMQ has no alarm.")
    for node in seen.down:
        yield wrong("broker", "broker_node", f"{node}.", "Start it again, or take it out of the cluster.")
    for queue in (name for name in seen.unbound if name not in broker.missing):
        yield wrong("topology", "topology_unbound", f"{queue} misses some of its messages.", _RESTART)
    yield from _left_over(seen)


_ALARM = "Make room on its disk or give it memory; workers and uploads go on by themselves."


def _left_over(seen: Management) -> Iterator[Finding]:
    for queue, count in seen.left_over.items():
        empty = "It is empty: delete it in the RabbitMQ UI."
        if queue.startswith(f"{RETRY}."):
            said = f"{queue} is a rung of before, with {count} messages; they come back by themselves."
            step = "Delete it once it is empty; never before." if count else empty
        elif queue.startswith(f"{DEAD}."):
            said = f"{queue} is of a stage that is no more, with {count} dead letters."
            step = "Look at them in the RabbitMQ UI, then delete the queue." if count else empty
        else:
            said = f"{queue} is of a stage that is no more or is switched off, with {count} events."
            step = "Switch the stage on again, or delete the queue." if count else empty
        yield note("topology", "left_over", said, step)
