"""The sweep clears away what nobody comes back for, keeps what counts, and no outage stops all of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from pipeline.adapters.memory_bus import MemoryBus
from pipeline.adapters.memory_store import MemoryStore
from pipeline.condition import LAST_SWEPT, SWEPT, Report
from pipeline.errors import StoreAway
from pipeline.events import Envelope, VideoUploaded, first_envelope
from pipeline.ledger import Settled
from pipeline.ports import Message
from pipeline.settings import RelaySettings, Settings, UploadSettings
from pipeline.stage import Stage
from pipeline.sweep import Sweep
from pipeline.topology import DEAD, work_queue
from pipeline.uploading import NewUpload
from tests.chain import Chain, eventually, in_memory, settings_for, transcoded


def impatient(lease: timedelta = timedelta(seconds=5)) -> Settings:
    settings = settings_for(lease=lease)
    settings.upload = UploadSettings(abandoned_after=timedelta(0))
    return settings


@pytest.fixture
async def chain() -> AsyncIterator[Chain]:
    async with in_memory(settings=impatient()) as chain:
        yield chain


def sweep_of(chain: Chain) -> Sweep:
    return Sweep(chain.bus, chain.store, chain.ledger, chain.stages, chain.settings)


async def keys_of(chain: Chain) -> list[str]:
    return [info.key for info in await chain.store.list("")]


async def ready_video(chain: Chain) -> str:
    async with chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
    return video_id


async def abandoned_upload(chain: Chain) -> str:
    begun = await chain.ledger.begin(NewUpload("a.mp4"))
    part = await chain.store.start_upload(begun.video.source, "video/mp4")
    await part.add(b"half of it")
    await chain.ledger.started(begun.video.id, part.upload_id)
    return begun.video.id


async def test_an_upload_broken_off_leaves_no_row_no_part_and_no_object(chain: Chain) -> None:
    video_id = await abandoned_upload(chain)
    await chain.store.put(f"{video_id}/source", b"whole, but never accepted", "video/mp4")
    done = await sweep_of(chain).once()
    assert done["uploads_discarded"] == 1
    assert (await chain.ledger.page(10, None)).items == []
    assert await keys_of(chain) == []
    assert isinstance(chain.store, MemoryStore)
    assert chain.store.uploads == {}


async def test_a_resumable_upload_that_expired_leaves_no_part_and_no_tail(chain: Chain) -> None:
    upload = await chain.ledger.open(
        NewUpload("a.mp4"), length=100, part_bytes=10, said="", lifetime=timedelta(0)
    )
    mine = await chain.ledger.take(upload.id, timedelta(0))
    assert mine is not None
    part = await chain.store.start_upload(upload.source, "video/mp4")
    await chain.ledger.start_parts(upload.id, mine.fence, part.upload_id)
    await chain.store.put(f"{upload.video_id}/.upload/1-5", b"tail", "video/mp4")
    await sweep_of(chain).once()
    assert await keys_of(chain) == []
    assert isinstance(chain.store, MemoryStore)
    assert chain.store.uploads == {}


async def test_an_upload_deleted_halfway_leaves_no_part_either(chain: Chain) -> None:
    await chain.ledger.delete(await abandoned_upload(chain))
    await sweep_of(chain).once()
    assert isinstance(chain.store, MemoryStore)
    assert chain.store.uploads == {}


async def test_an_upload_that_is_alive_is_left_alone() -> None:
    async with in_memory() as chain:
        await abandoned_upload(chain)
        assert (await sweep_of(chain).once())["uploads_discarded"] == 0
        assert len((await chain.ledger.page(10, None)).items) == 1


async def test_a_deleted_video_loses_every_object(chain: Chain) -> None:
    video_id, other = await ready_video(chain), await ready_video(chain)
    await chain.ledger.delete(video_id)
    assert (await sweep_of(chain).once())["videos_purged"] == 3
    assert {key.split("/")[0] for key in await keys_of(chain)} == {other}


async def test_outputs_of_fences_that_lost_go_and_the_source_and_what_counts_stay(chain: Chain) -> None:
    video_id = await ready_video(chain)
    winning = await keys_of(chain)
    losing = [f"{video_id}/1/transcode/{fence}/master.m3u8" for fence in (7, 11)]
    for key in losing:
        await chain.store.put(key, b"late", "application/vnd.apple.mpegurl")
    assert (await sweep_of(chain).once())["outputs_removed"] == 2
    assert await keys_of(chain) == winning
    assert f"{video_id}/source" in winning
    assert f"{video_id}/1/transcode/1/master.m3u8" in winning


async def test_outputs_of_a_video_under_work_are_left_alone(chain: Chain) -> None:
    video_id = await chain.upload()
    await chain.store.put(f"{video_id}/1/transcode/9/segment.m4s", b"half", "video/mp4")
    assert (await sweep_of(chain).once())["outputs_removed"] == 0


async def test_outputs_of_a_job_that_began_while_the_sweep_looked_are_left_alone(chain: Chain) -> None:
    """A replay may come between the question which fences count and the listing of what is there."""
    video_id = await ready_video(chain)
    captions = Stage("captions", (VideoUploaded,), (), transcoded, required=False)
    event = VideoUploaded(source=f"{video_id}/source", filename="a.mp4", size=5)
    envelope = first_envelope(event, source="/test", video_id=video_id, run=1, traceparent="t")
    settled, made = chain.ledger.settled, f"{video_id}/1/captions/5/captions.vtt"

    async def then_somebody_begins() -> Sequence[Settled]:
        answer = await settled()
        await chain.ledger.claim(captions, envelope, "somebody")
        await chain.store.put(made, b"WEBVTT", "text/vtt")
        return answer

    chain.ledger.settled = then_somebody_begins  # type: ignore[method-assign]
    assert (await sweep_of(chain).once())["outputs_removed"] == 0
    assert made in await keys_of(chain)


async def test_a_letter_that_the_broker_put_there_fails_its_video(chain: Chain) -> None:
    video_id = await chain.upload()
    async with chain.bus.take(work_queue("transcode"), 1) as (delivery,):
        await delivery.ack()
    await chain.bus.publish(Message("given up", "event", DEAD, "transcode", delivery.body))
    assert (await sweep_of(chain).once())["letters_settled"] == 1
    assert (await chain.video(video_id))[0].status == "failed"


async def test_an_event_that_was_lost_is_sent_again() -> None:
    async with in_memory(settings=impatient(lease=timedelta(milliseconds=1))) as chain:
        await _lost(chain)

        async def sent_again() -> bool:
            await sweep_of(chain).once()
            return await chain.bus.depth(work_queue("transcode")) > 0

        await eventually(sent_again)
        async with chain.bus.take(work_queue("transcode"), 1) as (delivery,):
            assert Envelope.decode(delivery.body).type == "video.uploaded.v1"


async def test_an_event_behind_a_backlog_is_not_taken_for_lost() -> None:
    async with in_memory(settings=impatient(lease=timedelta(milliseconds=1))) as chain:
        await _lost(chain)
        await chain.bus.publish(Message("backlog", "event", "", work_queue("transcode"), b"{}"))
        await eventually(lambda: _has_stuck(chain))
        assert (await sweep_of(chain).once())["events_sent_again"] == 0


async def test_a_store_that_is_away_does_not_stop_what_needs_none(chain: Chain) -> None:
    await abandoned_upload(chain)
    video_id = await chain.upload()
    async with chain.bus.take(work_queue("transcode"), 1) as (delivery,):
        await delivery.ack()
    await chain.bus.publish(Message("given up", "event", DEAD, "transcode", delivery.body))
    assert isinstance(chain.store, MemoryStore)
    chain.store.away = True
    done = await sweep_of(chain).once()
    assert (done["uploads_discarded"], done["letters_settled"]) == (0, 1)
    assert (await chain.video(video_id))[0].status == "failed"
    with pytest.raises(StoreAway):
        await chain.store.list("")
    chain.store.away = False
    assert (await sweep_of(chain).once())["uploads_discarded"] == 1


async def test_a_broker_that_is_away_does_not_stop_the_clearing_away(chain: Chain) -> None:
    assert isinstance(chain.bus, MemoryBus)
    chain.bus.away = True
    await abandoned_upload(chain)
    assert (await sweep_of(chain).once())["uploads_discarded"] == 1


async def test_a_running_sweep_works_by_itself(chain: Chain) -> None:
    await abandoned_upload(chain)
    async with sweeping(chain):
        await eventually(lambda: _is_cleared(chain))


async def test_a_sweep_stands_by_while_another_one_works(chain: Chain) -> None:
    await chain.ledger.hold("sweep", "other", timedelta(hours=1))
    await abandoned_upload(chain)
    answers: list[bool] = []
    hold = chain.ledger.hold

    async def noted(name: str, holder: str, duration: timedelta) -> bool:
        answers.append(await hold(name, holder, duration))
        return answers[-1]

    async def asked_three_times() -> bool:
        return len(answers) >= 3

    chain.ledger.hold = noted  # type: ignore[method-assign]
    async with sweeping(chain):
        await eventually(asked_three_times)
    assert not any(answers)
    assert not await _is_cleared(chain)


@asynccontextmanager
async def sweeping(chain: Chain) -> AsyncIterator[None]:
    chain.settings.relay = RelaySettings(sweep=timedelta(milliseconds=20))
    task = asyncio.create_task(sweep_of(chain).run("one"))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _is_cleared(chain: Chain) -> bool:
    return not (await chain.ledger.page(10, None)).items


async def _lost(chain: Chain) -> None:
    """An event that was published and never reached its stage."""
    await chain.upload()
    async with chain.bus.take(work_queue("transcode"), 1) as (delivery,):
        await delivery.ack()


async def _has_stuck(chain: Chain) -> bool:
    return bool(await chain.ledger.stuck(chain.stages, timedelta(milliseconds=4)))


async def test_outputs_are_looked_for_again_only_after_the_video_changed(chain: Chain) -> None:
    video_id = await ready_video(chain)
    await sweep_of(chain).once()
    assert await chain.ledger.settled() == []
    await chain.ledger.delete(video_id)
    assert (await sweep_of(chain).once())["videos_purged"] == 3


async def test_one_video_that_cannot_be_cleared_does_not_hold_up_the_others(chain: Chain) -> None:
    stubborn, other = await ready_video(chain), await ready_video(chain)
    for video_id in (stubborn, other):
        await chain.ledger.delete(video_id)
    removed = chain.store.delete

    async def refuses(keys: Sequence[str]) -> None:
        if any(key.startswith(stubborn) for key in keys):
            raise StoreAway
        await removed(keys)

    chain.store.delete = refuses  # type: ignore[method-assign]
    await sweep_of(chain).once()
    assert {key.split("/")[0] for key in await keys_of(chain)} == {stubborn}


async def test_a_letter_whose_video_was_deleted_leaves_its_queue(chain: Chain) -> None:
    video_id = await chain.upload()
    async with chain.bus.take(work_queue("transcode"), 1) as (delivery,):
        await delivery.ack()
    await chain.bus.publish(Message("given up", "event", DEAD, "transcode", delivery.body))
    sweep = sweep_of(chain)
    await sweep.once()
    assert await chain.bus.depth("reelmill.dead.transcode") == 1
    await chain.ledger.delete(video_id)
    await sweep.once()
    await sweep.once()
    assert await chain.bus.depth("reelmill.dead.transcode") == 0


async def test_a_sweep_reports_what_it_did_and_keeps_that_while_there_is_nothing_to_do(chain: Chain) -> None:
    await abandoned_upload(chain)
    sweep = sweep_of(chain)
    first = await sweep.once()
    assert first["uploads_discarded"] == 1
    assert (await reported(chain))[SWEPT].told == {"done": first, "postponed": {}}
    second = await sweep.once()
    reports = await reported(chain)
    assert reports[SWEPT].told == {"done": second, "postponed": {}}
    assert reports[LAST_SWEPT].told == {"done": first, "postponed": {}}
    assert reports[LAST_SWEPT].at < reports[SWEPT].at


async def test_a_sweep_reports_what_it_had_to_postpone_and_why_and_not_what_it_had_to_before(
    chain: Chain,
) -> None:
    await abandoned_upload(chain)
    assert isinstance(chain.store, MemoryStore)
    sweep, chain.store.away = sweep_of(chain), True
    await sweep.once()
    assert (await reported(chain))[SWEPT].told["postponed"] == {"store_unavailable": 1}
    chain.store.away = False
    await sweep.once()
    assert (await reported(chain))[SWEPT].told["postponed"] == {}


async def reported(chain: Chain) -> Mapping[str, Report]:
    return (await chain.ledger.flow(timedelta(minutes=1))).reports
