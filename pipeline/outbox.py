"""Publishing what was committed. Nothing here may fail its caller: the relay publishes what is left over."""

from collections.abc import Sequence

import structlog

from pipeline.errors import Outage, ReelmillError
from pipeline.ledger import Outbox
from pipeline.ports import Bus, Message

log = structlog.get_logger()


async def publish(bus: Bus, outbox: Outbox, messages: Sequence[Message]) -> int:
    """Tries each message in order and marks those that the broker confirmed; returns how many."""
    published: list[str] = []
    for message in messages:
        try:
            await bus.publish(message)
        except Outage as error:
            log.warning("publish_postponed", code=error.code, left=len(messages) - len(published))
            break
        except ReelmillError as error:
            log.error("publish_refused", code=error.code, type=message.type, routing_key=message.routing_key)
            continue
        published.append(message.id)
    try:
        await outbox.mark_published(published)
    except Outage as error:
        log.warning("published_but_not_marked", code=error.code, messages=len(published))
    return len(published)
