"""The outbox and the leases of those who empty it, on every database."""

import asyncio
from datetime import timedelta

from pipeline.adapters.database import Database
from pipeline.ports import Message
from tests.chain import eventually
from tests.contract.ledgers import unpublished

HOUR = timedelta(hours=1)
MESSAGES = [
    Message(
        id=f"id {number}",
        kind="event",
        exchange="reelmill.events",
        routing_key="video.uploaded.v1",
        body=b"\x00\xff",
        headers={"delay": "10s"},
        mandatory=True,
        video_id="video",
        run=2,
        event_id="event",
        type="video.uploaded.v1",
        stage="transcode",
    )
    for number in (3, 1, 2)
]


async def test_what_was_added_comes_back_whole_and_in_order(ledger: Database) -> None:
    assert await ledger.add(MESSAGES[:1]) == MESSAGES[:1]
    assert await ledger.add(MESSAGES[1:]) == MESSAGES[1:]
    assert await unpublished(ledger) == MESSAGES


async def test_a_message_is_added_once_and_only_the_new_ones_are_returned(ledger: Database) -> None:
    await ledger.add(MESSAGES[:2])
    assert await ledger.add(MESSAGES) == MESSAGES[2:]
    assert await ledger.add(MESSAGES) == []
    assert await unpublished(ledger) == MESSAGES


async def test_adding_nothing_is_harmless(ledger: Database) -> None:
    assert await ledger.add([]) == []


async def test_a_message_added_ten_times_at_once_is_there_once(ledger: Database) -> None:
    added = await asyncio.gather(*(ledger.add(MESSAGES) for _ in range(10)))
    assert sorted(message.id for fresh in added for message in fresh) == ["id 1", "id 2", "id 3"]
    assert len(await unpublished(ledger)) == 3


async def test_only_what_waited_longer_than_the_patience_is_overdue(ledger: Database) -> None:
    await ledger.add(MESSAGES)
    assert await ledger.overdue(HOUR, 10) == []
    assert await ledger.overdue(timedelta(0), 10) == MESSAGES
    assert await ledger.overdue(timedelta(0), 2) == MESSAGES[:2]


async def test_what_is_published_is_overdue_no_more_and_may_be_marked_again(ledger: Database) -> None:
    await ledger.add(MESSAGES)
    for _ in range(2):
        await ledger.mark_published(["id 3", "id 1", "never heard of"])
    assert await unpublished(ledger) == MESSAGES[2:]
    await ledger.mark_published([])
    assert await unpublished(ledger) == MESSAGES[2:]


async def test_a_lease_has_one_holder_who_may_renew_it(ledger: Database) -> None:
    assert await ledger.hold("relay", "one", HOUR)
    assert not await ledger.hold("relay", "other", HOUR)
    assert await ledger.hold("relay", "one", HOUR)


async def test_leases_of_different_names_do_not_touch_each_other(ledger: Database) -> None:
    assert await ledger.hold("relay", "one", HOUR)
    assert await ledger.hold("sweep", "other", HOUR)


async def test_a_lease_that_ran_out_goes_to_whoever_asks_next(ledger: Database) -> None:
    await ledger.hold("relay", "one", timedelta(milliseconds=20))
    await eventually(lambda: ledger.hold("relay", "other", HOUR))
    assert not await ledger.hold("relay", "one", HOUR)


async def test_of_ten_who_ask_for_a_new_lease_at_once_one_gets_it(ledger: Database) -> None:
    answers = await asyncio.gather(*(ledger.hold("relay", f"holder {n}", HOUR) for n in range(10)))
    assert sum(answers) == 1
