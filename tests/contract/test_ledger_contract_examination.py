"""What every database tells of itself, and of how work gets on."""

from datetime import UTC, datetime, timedelta

from sqlmodel import col, update

from pipeline.adapters.database import Database
from pipeline.adapters.database.tables import EventRow, InboxRow
from pipeline.video import Video
from tests.contract.ledgers import (
    METADATA,
    THUMBNAIL,
    TRANSCODE,
    accepted,
    carried,
    claimed,
    finished,
    publish_all,
    ready_video,
    retrying,
    rewrite,
)

SILENCE = timedelta(minutes=10)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def stranded(ledger: Database) -> list[str]:
    return [*(await ledger.flow(SILENCE)).stranded]


async def grown_old(ledger: Database) -> None:
    await publish_all(ledger)
    await rewrite(ledger, update(EventRow).values(created_at=LONG_AGO, published_at=LONG_AGO))
    await rewrite(ledger, update(InboxRow).values(claimed_at=LONG_AGO))
    await rewrite(ledger, update(Video).values(created_at=LONG_AGO, updated_at=LONG_AGO))


async def test_it_tells_its_name_its_version_its_clock_and_that_it_is_migrated(ledger: Database) -> None:
    before = datetime.now(UTC)
    condition = await ledger.condition()
    assert condition.product in {"SQLite", "PostgreSQL"}
    assert condition.version[0].isdigit()
    assert abs(condition.now - before) < SILENCE
    assert condition.revision == condition.head
    assert condition.known


async def test_connections_are_counted_where_there_is_a_limit(ledger: Database) -> None:
    condition = await ledger.condition()
    if condition.product == "SQLite":
        assert condition.connections is None
    else:
        assert condition.connections is not None
        used, most = condition.connections
        assert 0 < used < most


async def test_it_counts_what_is_not_published_and_knows_the_oldest(ledger: Database) -> None:
    assert (await ledger.flow(SILENCE)).oldest is None
    await accepted(ledger)
    await rewrite(ledger, update(EventRow).values(created_at=LONG_AGO))
    await accepted(ledger)
    flow = await ledger.flow(SILENCE)
    assert (flow.unpublished, flow.oldest) == (2, LONG_AGO)


async def test_it_knows_the_longest_job_that_ended(ledger: Database) -> None:
    assert (await ledger.flow(SILENCE)).longest_job is None
    for seconds in (5, 50, 20):
        claim = await claimed(ledger)
        await finished(ledger, claim)
        its_own = update(InboxRow).where(col(InboxRow.event_id) == claim.envelope.id)
        moments = {"claimed_at": LONG_AGO, "finished_at": LONG_AGO + timedelta(seconds=seconds)}
        await rewrite(ledger, its_own.values(**moments))
    await claimed(ledger)
    assert (await ledger.flow(SILENCE)).longest_job == timedelta(seconds=50)


async def test_it_knows_until_when_a_lease_is_held(ledger: Database) -> None:
    await ledger.hold("relay", "somebody", timedelta(minutes=1))
    flow = await ledger.flow(SILENCE)
    assert flow.leases.keys() == {"relay"}
    assert timedelta(0) < flow.leases["relay"] - flow.now <= timedelta(minutes=1)


async def test_the_last_report_under_a_name_is_kept(ledger: Database) -> None:
    await ledger.report("sweep", {"done": {"videos_purged": 1}})
    await ledger.report("sweep", {"done": {"videos_purged": 2}})
    await ledger.report("another", {})
    flow = await ledger.flow(SILENCE)
    assert flow.reports.keys() == {"sweep", "another"}
    assert flow.reports["sweep"].told == {"done": {"videos_purged": 2}}
    assert flow.now - flow.reports["sweep"].at < SILENCE


async def test_a_video_that_nothing_brings_on_is_stranded(ledger: Database) -> None:
    last = await carried(ledger, await accepted(ledger), TRANSCODE, THUMBNAIL, METADATA)
    await grown_old(ledger)
    assert await stranded(ledger) == []
    await rewrite(ledger, update(Video).values(status="processing"))
    assert await stranded(ledger) == [last.subject]


async def test_a_video_is_not_stranded_while_anything_is_left_of_it(ledger: Database) -> None:
    await accepted(ledger)  # its event waits in a queue
    await claimed(ledger)  # somebody works on it
    waits = await claimed(ledger)
    await ledger.commit(waits, *retrying(waits, timedelta(hours=1)))
    await finished(ledger, await claimed(ledger))  # the next stage has not taken it up
    await ready_video(ledger)
    await grown_old(ledger)
    assert await stranded(ledger) == []
    unpublished = await accepted(ledger)
    await rewrite(
        ledger,
        update(EventRow).where(col(EventRow.video_id) == unpublished.subject).values(created_at=LONG_AGO),
    )
    assert await stranded(ledger) == []
