"""A delivery of RabbitMQ, as the runner sees it."""

from collections.abc import Mapping
from contextlib import suppress

from aio_pika.abc import AbstractIncomingMessage

from pipeline.adapters.rabbitmq.line import broker_away
from pipeline.errors import BrokerAway


class RabbitDelivery:
    def __init__(self, message: AbstractIncomingMessage) -> None:
        self._message = message

    @property
    def body(self) -> bytes:
        return self._message.body

    @property
    def message_id(self) -> str:
        return self._message.message_id or ""

    @property
    def headers(self) -> Mapping[str, object]:
        return self._message.headers

    async def ack(self) -> None:
        with suppress(BrokerAway), broker_away():
            await self._message.ack()

    async def reject(self) -> None:
        with suppress(BrokerAway), broker_away():
            await self._message.reject(requeue=True)
