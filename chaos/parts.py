"""Broker, store and database for runs, started and stopped again; each run gets its own empty part of them,
and a lease of two seconds."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from pipeline.adapters.database.migrate import migrate
from pipeline.settings import Settings
from tests.servers import PostgresServer, RabbitServer, S3Server

LEASE = timedelta(seconds=2)
RUNGS = [timedelta(seconds=1), timedelta(seconds=2)]


@contextmanager
def parts(folder: Path, database: str) -> Iterator[Callable[[], Settings]]:
    """`database` is `sqlite` or `postgresql`. What is given makes settings, of an installation in which
    nothing ever happened."""
    folder.chmod(0o755)  # PostgreSQL runs as another user
    numbers = itertools.count(1)
    with ExitStack() as stack:
        rabbit, store = RabbitServer(folder), S3Server(folder)
        stack.callback(rabbit.close)
        rabbit.start()
        stack.callback(store.kill)
        store.start()
        postgres = _postgres(folder / "postgres", stack) if database == "postgresql" else None

        def opened() -> Settings:
            own = f"sqlite:///{folder}/{next(numbers)}.db"
            settings = Settings.model_validate(
                {
                    "database": {"url": postgres.new_database() if postgres else own},
                    "broker": {"url": rabbit.amqp_url(rabbit.new_vhost())},
                    "store": {
                        "endpoint": store.endpoint,
                        "access_key": store.access_key,
                        "secret_key": store.secret_key,
                        "bucket": store.new_bucket(),
                    },
                    "work": {"rungs": RUNGS, "lease": LEASE, "heartbeat": timedelta(milliseconds=200)},
                }
            )
            migrate(settings.database)
            return settings

        yield opened


def _postgres(folder: Path, stack: ExitStack) -> PostgresServer:
    folder.mkdir()
    server = PostgresServer(folder)
    stack.callback(server.stop)
    server.start()
    return server
