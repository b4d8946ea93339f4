"""Publishing what was committed. Nothing here may fail its caller: the relay publishes what is left over."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from pipeline.errors import Outage, ReelmillError
from pipeline.failpoints import reach
from pipeline.ledger import Outbox
from pipeline.ports import Bus, Message

log = structlog.get_logger()


@dataclass(frozen=True)
class Published:
    confirmed: int
    refused: int
    """Messages that no queue takes, say; they stay in the outbox."""
    away: bool
    """Whether broker or database went away, and the rest was not tried or not marked."""


async def publish(bus: Bus, outbox: Outbox, messages: Sequence[Message]) -> Published:
    """Tries each message in order and marks those that the broker confirmed."""
    confirmed: list[str] = []
    refused, away = 0, False
    for message in messages:
        try:
            await bus.publish(message)
        except Outage as error:
            log.warning("publish_postponed", code=error.code, left=len(messages) - len(confirmed) - refused)
            away = True
            break
        except ReelmillError as error:
            log.error("publish_refused", code=error.code, type=message.type, routing_key=message.routing_key)
            refused += 1
        else:
            confirmed.append(message.id)
    reach("confirm.after")
    marked = await _marked(outbox, confirmed)
    return Published(len(confirmed), refused, away or not marked)


async def _marked(outbox: Outbox, confirmed: Sequence[str]) -> bool:
    try:
        await outbox.mark_published(confirmed)
    except Outage as error:
        log.warning("published_but_not_marked", code=error.code, messages=len(confirmed))
        return False
    return True
