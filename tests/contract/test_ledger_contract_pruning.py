"""What is forgotten with age, on every database, and what is kept however old it is."""

from datetime import timedelta

from sqlmodel import select

from pipeline import messages
from pipeline.adapters.database import Database
from pipeline.video import Video
from tests.contract.ledgers import (
    FAILURE,
    TABLE,
    THUMBNAIL,
    TRANSCODE,
    accepted,
    carried,
    claimed,
    died,
    publish_all,
    ready_video,
)

OLD = timedelta(0)


async def test_the_events_of_a_finished_video_are_forgotten_with_age_and_the_video_is_not(
    ledger: Database,
) -> None:
    envelope = await ready_video(ledger)
    assert await ledger.prune(timedelta(days=1)) == 0
    assert await ledger.prune(OLD) == 4
    assert await ledger.timeline(envelope.subject) == []
    assert (await ledger.video(envelope.subject))[0].status == "ready"


async def test_the_events_of_a_video_under_work_are_kept(ledger: Database) -> None:
    envelope = await accepted(ledger)
    assert await ledger.prune(OLD) == 0
    assert len(await ledger.timeline(envelope.subject)) == 1


async def test_a_letter_keeps_everything_that_a_replay_needs(ledger: Database) -> None:
    last = await carried(ledger, await accepted(ledger), TRANSCODE)
    await died(ledger, await claimed(ledger, THUMBNAIL, last))
    await publish_all(ledger)
    before = await ledger.stuck([TRANSCODE, THUMBNAIL], timedelta(microseconds=1))
    assert await ledger.prune(OLD) == 0
    assert await ledger.stuck([TRANSCODE, THUMBNAIL], timedelta(microseconds=1)) == before == []
    assert len(await ledger.retry(last.subject)) == 1


async def test_a_tombstone_is_forgotten_with_age(ledger: Database) -> None:
    envelope = await ready_video(ledger)
    await ledger.delete(envelope.subject)
    await ledger.purged(envelope.subject)
    assert await _rows(ledger) == 1
    await ledger.prune(OLD)
    assert await _rows(ledger) == 0


async def test_a_pruned_video_wakes_nothing(ledger: Database) -> None:
    await ready_video(ledger)
    await publish_all(ledger)
    await ledger.prune(OLD)
    assert await ledger.stuck(TABLE, timedelta(microseconds=1)) == []


async def test_what_was_no_event_is_forgotten_with_age_once_it_was_replayed_or_dropped(
    ledger: Database,
) -> None:
    kept, dropped, replayed = [
        messages.unreadable("transcode", name, "m", FAILURE, "h") for name in (b"a", b"b", b"c")
    ]
    for message in (kept, dropped, replayed):
        await ledger.bury("transcode", FAILURE, message)
    await ledger.drop([("transcode", dropped.id)])
    await ledger.replay("transcode", replayed.id)
    await publish_all(ledger)
    assert await ledger.prune(timedelta(days=1)) == 0
    assert await ledger.prune(OLD) == 4  # two letters, a drop and a replay
    assert await ledger.prune(OLD) == 0
    assert (await ledger.letter("transcode", kept.id)).body == b"a"


async def _rows(ledger: Database) -> int:
    return await ledger._transactions.read(lambda session, _now: len(session.exec(select(Video)).all()))
