"""How whoever follows videos finds out what changed, on every database."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import ColumnElement
from sqlmodel import col, delete, update

from pipeline.adapters.database import Database
from pipeline.adapters.database.changes import _LATE, _SINCE
from pipeline.adapters.database.tables import EventRow, InboxRow
from pipeline.letters import Letters
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload
from pipeline.video import Video
from tests.chain import settings_for
from tests.contract.ledgers import (
    TABLE,
    THUMBNAIL,
    TRANSCODE,
    accepted,
    carried,
    claimed,
    died,
    finished,
    ready_video,
    retrying,
    rewrite,
)

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
Act = Callable[[Database, str], Awaitable[object]]


@pytest.fixture
async def quiet(ledger: Database) -> Database:
    """A ledger in which something happened, all of it long ago."""
    await died(ledger, await claimed(ledger))
    await carried(ledger, await accepted(ledger), TRANSCODE, THUMBNAIL)
    await grown_old(ledger)
    return ledger


async def grown_old(ledger: Database) -> None:
    moments = {"created_at": LONG_AGO, "updated_at": LONG_AGO}
    await rewrite(ledger, update(Video).values(**moments, touched_at=LONG_AGO))
    await rewrite(ledger, update(EventRow).values(created_at=LONG_AGO))
    await rewrite(ledger, update(InboxRow).values(lease_until=None))


async def changed(ledger: Database) -> frozenset[str]:
    """In the last seconds."""
    return (await ledger.changed(None)).ids


async def test_nothing_is_told_while_nothing_happens(quiet: Database) -> None:
    assert await changed(quiet) == frozenset()


async def test_nothing_is_told_of_an_empty_ledger(ledger: Database) -> None:
    assert await changed(ledger) == frozenset()


async def test_an_upload_that_begins_is_told_and_that_it_was_described_and_accepted(quiet: Database) -> None:
    video = (await quiet.begin(NewUpload("a.mp4"))).video
    assert await changed(quiet) == {video.id}
    await grown_old(quiet)
    await quiet.describe(video.id, title="A title", notify_url=None)
    assert await changed(quiet) == {video.id}
    await grown_old(quiet)
    await quiet.accept(video.id, 5, new_traceparent())
    assert await changed(quiet) == {video.id}


async def test_a_job_is_told_as_it_begins_goes_on_and_ends(quiet: Database) -> None:
    envelope = await accepted(quiet)
    await grown_old(quiet)
    claim = await claimed(quiet, TRANSCODE, envelope)
    assert await changed(quiet) == {envelope.subject}
    await quiet.beat(claim, 0.5)
    assert await changed(quiet) == {envelope.subject}
    await finished(quiet, claim)
    assert await changed(quiet) == {envelope.subject}


async def test_a_job_is_told_that_waits_for_its_next_attempt_and_one_that_was_given_up(
    quiet: Database,
) -> None:
    waits, dies = await claimed(quiet), await claimed(quiet)
    await grown_old(quiet)
    outcome, follow = retrying(waits, timedelta(minutes=1))
    await quiet.commit(waits, outcome, follow)
    assert await changed(quiet) == {waits.video.id}
    await died(quiet, dies)
    assert await changed(quiet) == {waits.video.id, dies.video.id}


async def test_a_job_that_was_handed_back_is_told(quiet: Database) -> None:
    claim = await claimed(quiet)
    await grown_old(quiet)
    await quiet.release(claim)
    assert await changed(quiet) == {claim.video.id}


async def _retried(ledger: Database, video_id: str) -> None:
    await ledger.retry(video_id)


async def _cancelled(ledger: Database, video_id: str) -> None:
    await ledger.cancel(video_id)


async def _deleted(ledger: Database, video_id: str) -> None:
    await ledger.delete(video_id)


async def _renamed(ledger: Database, video_id: str) -> None:
    await ledger.rename(video_id, "Another name")


async def _dropped(ledger: Database, video_id: str) -> None:
    (letter,) = await ledger.dead(Letters(video_id=video_id))
    await ledger.drop([(letter.stage, letter.event_id)])


@pytest.mark.parametrize("act", [_retried, _cancelled, _deleted, _renamed, _dropped])
async def test_a_command_is_told(quiet: Database, act: Act) -> None:
    claim = await claimed(quiet)
    await died(quiet, claim)
    await grown_old(quiet)
    await act(quiet, claim.video.id)
    assert await changed(quiet) == {claim.video.id}


async def test_a_video_that_is_brought_back_is_told(forgiving: Database) -> None:
    envelope = await ready_video(forgiving)
    await forgiving.delete(envelope.subject)
    await grown_old(forgiving)
    await rewrite(forgiving, update(Video).values(deleted_at=datetime.now(UTC) - timedelta(seconds=30)))
    assert await changed(forgiving) == frozenset()
    await forgiving.restore(envelope.subject)
    assert await changed(forgiving) == {envelope.subject}


async def test_an_upload_that_was_given_up_is_told(hasty: Database) -> None:
    video = (await hasty.begin(NewUpload("a.mp4"))).video
    await rewrite(hasty, update(Video).values(created_at=LONG_AGO))
    await hasty.abandoned_uploads(timedelta(0))
    assert await changed(hasty) == {video.id}


async def test_a_look_from_its_mark_on_finds_what_was_committed_late(ledger: Database) -> None:
    mark = (await ledger.changed(None)).mark
    envelope = await accepted(ledger)
    before = mark - _LATE + timedelta(seconds=1)
    await rewrite(ledger, update(Video).values(created_at=LONG_AGO))
    await rewrite(ledger, update(EventRow).values(created_at=before))
    assert (await ledger.changed(mark)).ids == {envelope.subject}
    assert (await ledger.changed(mark + timedelta(seconds=2))).ids == frozenset()


async def test_a_mark_from_longer_ago_finds_what_happened_since_and_nothing_before(quiet: Database) -> None:
    envelope = await accepted(quiet)
    hour = timedelta(hours=1)
    now = (await quiet.changed(None)).mark
    await rewrite(quiet, update(EventRow).where(_of(envelope.subject)).values(created_at=now - hour))
    await rewrite(quiet, update(Video).values(created_at=LONG_AGO))
    assert (await quiet.changed(now - 2 * hour)).ids == {envelope.subject}
    assert await changed(quiet) == frozenset()


async def test_what_comes_after_events_were_purged_is_told_though_their_numbers_come_again(
    ledger: Database,
) -> None:
    await ready_video(ledger)
    mark = (await ledger.changed(None)).mark
    await rewrite(ledger, delete(EventRow))
    envelope = await accepted(ledger)
    await rewrite(ledger, update(Video).values(created_at=LONG_AGO))
    assert envelope.subject in (await ledger.changed(mark)).ids


async def test_videos_come_with_the_steps_of_their_run_in_order_and_deleted_ones_do_not(
    ledger: Database,
) -> None:
    kept, other, deleted = [await accepted(ledger) for _ in range(3)]
    await ledger.delete(deleted.subject)
    found = {video.id: steps for video, steps in await ledger.videos({kept.subject, deleted.subject, "none"})}
    assert list(found) == [kept.subject]
    assert [step.stage for step in found[kept.subject]] == ["transcode", "thumbnail", "metadata", "notify"]
    assert other.subject not in found


async def test_no_table_is_read_as_a_whole_to_find_out() -> None:
    ledger = Database(settings_for(), TABLE)
    await accepted(ledger)
    told = str(_SINCE.compile(ledger._transactions.engine, compile_kwargs={"render_postcompile": True}))
    steps = await ledger._transactions.read(
        lambda session, now: (
            session.connection()
            .exec_driver_sql(f"EXPLAIN QUERY PLAN {told}", (str(now),) * told.count("?"))
            .scalars(3)
            .all()
        )
    )
    await ledger.close()
    # The one that is left goes backwards by its key, and only until a row that is old enough.
    assert [step for step in steps if step.startswith("SCAN")] == ["SCAN event"]


def _of(video_id: str) -> ColumnElement[bool]:
    return col(EventRow.video_id) == video_id
