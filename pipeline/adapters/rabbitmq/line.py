"""A connection to RabbitMQ, opened when asked for and again when lost, to any of its nodes."""

import asyncio
import random
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.connection import make_url
from aio_pika.exceptions import AMQPException

from pipeline.adapters.rabbitmq.socket import Socket
from pipeline.broker_settings import BrokerSettings
from pipeline.errors import BrokerAway

log = structlog.get_logger()
ANSWER_SECONDS = 10
"""For what a node that works answers in milliseconds."""
_CONNECT_SECONDS = 5
_PASS_OVER_SECONDS = 2
"""As long as there is another node to ask."""
_CLOSE_SECONDS = 2
_PAUSE_SECONDS = 1
"""After a failed attempt the next callers are told at once: an upload must not wait for a dead broker."""

GONE = (AMQPException, OSError, TimeoutError, asyncio.InvalidStateError, RuntimeError)
"""RuntimeError is what aiormq says of a call on a connection that is closed already."""


@contextmanager
def broker_away() -> Iterator[None]:
    """Raises BrokerAway for whatever aio-pika says of a broker, connection or channel that is gone.

    Whether it is we who are cancelled, our task alone tells. aiormq cancels whoever waits for a connection
    that it closes: a consumer that took this for an order to stop would take its worker down. And `wait_for`,
    which both libraries use, forgets before Python 3.12 an order that comes in the moment of its answer
    (gh-86296): a worker that went on would never end.
    """
    before = _orders()
    try:
        yield
    except (*GONE, asyncio.CancelledError) as error:
        if _orders() > before:
            raise asyncio.CancelledError from error
        raise BrokerAway(f"{type(error).__name__}: {error}") from error
    if _orders() > before:
        raise asyncio.CancelledError


def _orders() -> int:
    """To stop, that our task was given."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


async def closed(what: AbstractConnection | AbstractChannel) -> None:
    """Whether or not the broker is still there to hear it."""
    with suppress(BrokerAway), broker_away():
        async with asyncio.timeout(_CLOSE_SECONDS):
            await what.close()


def gave_no_answer(error: BrokerAway) -> bool:
    """Whether the connection may be there still, and its node takes part in nothing."""
    return isinstance(error.__cause__, TimeoutError)


async def takes_messages(connection: AbstractConnection) -> bool:
    """Not while RabbitMQ is short of memory or disk, and told this connection so."""
    if connection.transport is None:
        return True
    try:
        async with asyncio.timeout(0):  # ends at once what would wait
            await connection.transport.ready()
    except TimeoutError:
        return False
    return True


class Line:
    """To whichever node of those given answers; each process begins with another one."""

    def __init__(self, name: str, settings: BrokerSettings) -> None:
        self._name = name
        self._settings = settings
        self._addresses = random.sample(settings.addresses, len(settings.addresses))
        self._connection: AbstractConnection | None = None
        self._socket = Socket(0)
        self._lock = asyncio.Lock()
        self._failed_at = float("-inf")

    async def connection(self) -> AbstractConnection:
        """Raises BrokerAway."""
        async with self._lock:
            # `is_closed` stays false when it was the broker that closed it; `connected` tells.
            if self._connection is not None and self._connection.connected.is_set():
                return self._connection
            return await self._opened()

    async def give_up(self, connection: AbstractConnection) -> None:
        """Ends one whose node does not answer; the next leads to another node, where there is one."""
        async with self._lock:
            if connection is self._connection:
                log.warning("broker_given_up", line=self._name, address=_shown(self._addresses[0]))
                await self.close()
                self._ask_another()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await closed(connection)
            self._socket.abort()

    async def _opened(self) -> AbstractConnection:
        if time.monotonic() - self._failed_at < _PAUSE_SECONDS:
            raise BrokerAway("It did not answer a moment ago.")
        if self._connection is not None:  # was lost: whatever its node went through may not be over
            await self.close()
            self._ask_another()
        try:
            with broker_away():
                self._connection = await self._connect_to_any()
                return self._connection
        except BrokerAway:
            self._failed_at = time.monotonic()
            raise

    async def _connect_to_any(self) -> AbstractConnection:
        for _ in self._addresses[1:]:
            try:
                return await self._connect(_PASS_OVER_SECONDS)
            except GONE as error:
                why = f"{type(error).__name__}: {error}"
                log.info("broker_passed_over", line=self._name, address=_shown(self._addresses[0]), why=why)
                self._ask_another()
        return await self._connect(_CONNECT_SECONDS)

    def _ask_another(self) -> None:
        self._addresses.append(self._addresses.pop(0))

    async def _connect(self, timeout: float) -> AbstractConnection:
        self._socket = Socket(silence=2 * self._settings.heartbeat)
        connection = aio_pika.Connection(
            make_url(self._addresses[0], heartbeat=self._settings.heartbeat),
            ssl_context=_certificates(self._settings),
            client_properties={"connection_name": f"reelmill {self._name}"},
        )
        connection.kwargs["transport_factory"] = self._socket
        try:
            await connection.connect(timeout=timeout)
        except BaseException:
            await closed(connection)  # else it closes itself when it is collected, in whatever thread
            raise
        return connection


def _certificates(settings: BrokerSettings) -> ssl.SSLContext | None:
    """Read for every connection: certificates are renewed while we run."""
    if settings.ca_file is None and settings.cert_file is None:
        return None
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert_file is not None:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return context


def _shown(address: str) -> str:
    """Without its password."""
    return urlsplit(address).netloc.rpartition("@")[2]
