"""Celery on RabbitMQ doing the nearest thing it can to what a worker of ours does with an event."""

import os
import signal
import time

from celery import Celery, Task, signals
from kombu import Queue

from bench.bus.asked import Asked, Stamps, asked
from bench.bus.by_hand import Tables, opened

_QUORUM = {"x-queue-type": "quorum"}
_QUEUES = [Queue(name, queue_arguments=_QUORUM, durable=True) for name in ("bench.work", "bench.next")]


def main() -> None:
    wanted = asked()
    app = Celery("bench", broker=wanted.broker)
    app.conf.update(
        task_queues=_QUEUES,
        task_default_queue="bench.work",
        task_default_delivery_mode="persistent",
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_detect_quorum_queues=True,
        broker_transport_options={"confirm_publish": True},
        worker_hijack_root_logger=False,
    )
    stamps = Stamps(wanted)
    handle = _tasks(app, stamps, opened(wanted.database) if wanted.database else None)
    if wanted.publishes:
        _publish(handle, stamps, wanted)
    else:
        _work(app, stamps)


def _tasks(app: Celery, stamps: Stamps, tables: Tables | None) -> Task:
    def never(_name: str) -> None:
        raise NotImplementedError("nobody takes what follows")

    follow: Task = app.task(name="bench.next")(never)

    def handle(name: str) -> None:
        if tables is None:
            stamps.note(name)
            follow.apply_async((name,), queue="bench.next", task_id=f"{name}-next")
        elif tables.claim(name):
            stamps.note(name)
            tables.commit(name, f"{name}-next")
            follow.apply_async((name,), queue="bench.next", task_id=f"{name}-next")
            tables.published([f"{name}-next"])
        if stamps.complete:
            os.kill(os.getpid(), signal.SIGTERM)

    task: Task = app.task(name="bench.work")(handle)
    return task


def _publish(handle: Task, stamps: Stamps, wanted: Asked) -> None:
    for name in stamps.names():
        stamps.note(name)
        handle.apply_async((name,), queue="bench.work", task_id=name)
        time.sleep(wanted.interval)
    stamps.write()


def _work(app: Celery, stamps: Stamps) -> None:
    signals.worker_ready.connect(lambda **_: stamps.ready(), weak=False)
    signals.worker_shutdown.connect(lambda **_: stamps.write(), weak=False)
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"]
    # A thread: prefork adds a hop to a child, and `solo` stood still for seconds now and then.
    app.worker_main(["worker", "--pool=threads", "--concurrency=1", "--queues=bench.work", *quiet])


if __name__ == "__main__":
    main()
