"""Which events count as lost, on every database, and are sent to their stage again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlmodel import update

from pipeline.adapters.database import Database
from pipeline.adapters.database.tables import EventRow
from pipeline.events import Envelope, StageFailed
from pipeline.ports import Message
from pipeline.stage import Stage
from tests.chain import eventually
from tests.contract.ledgers import (
    NOTIFY,
    TABLE,
    THUMBNAIL,
    TRANSCODE,
    accepted,
    carried,
    claimed,
    died,
    publish_all,
    retrying,
    rewrite,
)

NOW, SOON, HOUR = timedelta(0), timedelta(milliseconds=1), timedelta(hours=1)


async def test_an_event_that_its_stage_never_took_up_is_sent_to_it_again(ledger: Database) -> None:
    envelope = await accepted(ledger)
    await publish_all(ledger)
    (message,) = await _stuck(ledger)
    assert (message.exchange, message.routing_key) == ("", "reelmill.transcode")
    assert (message.kind, message.event_id, message.mandatory) == ("again", envelope.id, True)
    assert Envelope.decode(message.body) == envelope
    assert await ledger.stuck([THUMBNAIL], SOON) == []
    assert await ledger.stuck(TABLE, HOUR) == []


async def test_a_stuck_event_is_sent_again_at_most_once_in_so_long(ledger: Database) -> None:
    await accepted(ledger)
    await rewrite(ledger, update(EventRow).values(published_at=datetime(2020, 1, 1, tzinfo=UTC)))
    day = timedelta(days=1)
    assert len(await ledger.add(await ledger.stuck(TABLE, day))) == 1
    assert await ledger.add(await ledger.stuck(TABLE, day)) == []


async def test_an_event_that_was_never_published_is_left_to_the_relay(ledger: Database) -> None:
    await accepted(ledger)
    assert await _stuck(ledger) == []


async def test_a_job_whose_worker_vanished_is_stuck_and_one_under_a_lease_is_not(
    hasty: Database, ledger: Database
) -> None:
    held, vanished = await claimed(ledger), await claimed(hasty)
    for book in (ledger, hasty):
        await publish_all(book)

    async def found() -> bool:
        return vanished.envelope.id in {message.event_id for message in await _stuck(hasty)}

    await eventually(found)
    assert held.envelope.id not in {message.event_id for message in await _stuck(ledger)}


async def test_what_is_done_or_dead_or_waits_for_a_later_attempt_is_not_stuck(ledger: Database) -> None:
    await carried(ledger, await accepted(ledger), TRANSCODE)
    await died(ledger, await claimed(ledger))
    waiting = await claimed(ledger)
    what, follow = retrying(waiting, HOUR)
    await ledger.commit(waiting, what, follow)
    await publish_all(ledger)
    assert await ledger.stuck([TRANSCODE], SOON) == []


async def test_a_job_let_go_or_past_its_next_attempt_is_stuck(ledger: Database) -> None:
    released, late = await claimed(ledger), await claimed(ledger)
    await ledger.release(released)
    what, follow = retrying(late, NOW)
    await ledger.commit(late, what, follow)
    await publish_all(ledger)

    async def found() -> bool:
        stuck = {message.event_id for message in await _stuck(ledger)}
        return stuck == {released.envelope.id, late.envelope.id}

    await eventually(found)


async def test_a_replayed_event_that_got_lost_is_stuck_too(ledger: Database) -> None:
    claim = await claimed(ledger)
    await died(ledger, claim)
    (copy,) = await ledger.replay("transcode", claim.envelope.id)
    await publish_all(ledger)
    assert copy.id in {message.event_id for message in await _stuck(ledger, TRANSCODE)}


async def test_events_of_cancelled_and_deleted_videos_are_not_stuck(ledger: Database) -> None:
    cancelled, deleted = await accepted(ledger), await accepted(ledger)
    await ledger.cancel(cancelled.subject)
    await ledger.delete(deleted.subject)
    await publish_all(ledger)
    assert await _stuck(ledger) == []


async def test_an_event_that_its_stage_passes_over_is_not_stuck(ledger: Database) -> None:
    await died(ledger, await claimed(ledger))
    await publish_all(ledger)
    picky = replace(NOTIFY, wants=lambda event: not isinstance(event, StageFailed))
    assert len(await _stuck(ledger, NOTIFY)) == 1
    assert await _stuck(ledger, picky) == []


async def test_a_stage_that_was_added_later_is_not_sent_what_passed_before(ledger: Database) -> None:
    await claimed(ledger)
    await publish_all(ledger)
    added = replace(TRANSCODE, name="captions", step="captions", required=False)
    assert await _stuck(ledger, added) == []


async def _stuck(ledger: Database, *among: Stage) -> Sequence[Message]:
    """What is stuck when everything published before this moment counts as long ago."""
    return await ledger.stuck(among or TABLE, timedelta(microseconds=1))
