"""Broker, store and database for runs, started and stopped again; each run gets its own empty part of them,
and a lease of two seconds."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipeline.settings import Settings
from tests.real_parts import empty_installation
from tests.servers import PostgresServer, RabbitServer, S3Server


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
            return empty_installation(postgres.new_database() if postgres else own, rabbit, store)

        yield opened


def _postgres(folder: Path, stack: ExitStack) -> PostgresServer:
    folder.mkdir()
    server = PostgresServer(folder)
    stack.callback(server.stop)
    server.start()
    return server
