"""Videos in chunks, on every database: what is released and when, what is told of it, each thing once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from pipeline.adapters.database import Database
from pipeline.adapters.database.tables import ChunkRow, PlanRow
from pipeline.errors import FenceLost, HandlerBroken, VideoMissing
from pipeline.events import Envelope, VideoPlayable
from pipeline.growth import media_playlist
from pipeline.ledger import Settled
from tests.chain import made, plan_of
from tests.contract.chunked import (
    CHUNKED,
    HEAD,
    JOIN,
    WINDOWS,
    Film,
    commit,
    grew,
    outcome,
    planned,
    requested,
    told_by,
    transcoded,
)
from tests.contract.ledgers import (
    MADE,
    accepted,
    claimed,
    death,
    publish_all,
    retrying,
    taken_over,
    unpublished,
)

Opening = Callable[..., Awaitable[Database]]


async def test_a_plan_releases_as_many_chunks_as_each_queues_window(chunked: Database) -> None:
    film = await planned(chunked, 8, windows={"head": 2, "sound": 2, "tail": 3})
    assert film.topics == [
        "video.planned",
        "video.head_requested",
        "video.sound_requested",
        "video.head_requested",
        *["video.chunk_requested"] * 3,
    ]
    assert film.requested == [0, 1, 2, 3, 4, 5]


async def test_what_is_returned_is_what_lies_in_the_outbox(chunked: Database) -> None:
    await publish_all(chunked)
    film = await planned(chunked)
    await film.finish(0)
    assert [message.id for message in await unpublished(chunked)][1:] == [message.id for message in film.told]
    assert all(message.mandatory for message in film.told if "requested" in message.routing_key)


async def test_only_the_sound_is_made_beside_the_head_and_then_everything_is(chunked: Database) -> None:
    film = await planned(chunked, plan=plan_of(6))
    assert film.requested == [0, 1]
    await film.finish(1)
    assert film.requested == [0, 1]
    await film.finish(0)
    assert sorted(film.requested) == [0, 1, 2, 3, 4]


async def test_a_chunk_that_is_done_releases_the_next_of_its_queue_and_no_more(chunked: Database) -> None:
    film = await planned(chunked, 8)
    assert film.requested == [0, 1, 2, 3, 4]
    await film.finish(0)
    assert film.requested == [0, 1, 2, 3, 4]
    await film.finish(4)
    assert film.requested == [0, 1, 2, 3, 4, 5]


async def test_a_window_that_grew_is_filled_by_the_next_commit_of_whatever_queue(chunked: Database) -> None:
    film = await planned(chunked, 8)
    await film.finish(0, windows={"tail": 4})
    assert film.requested == [0, 1, 2, 3, 4, 5, 6]


async def test_a_commit_that_knows_no_windows_releases_nothing(chunked: Database) -> None:
    film = await planned(chunked, windows={})
    assert film.topics == ["video.planned"]


async def test_all_chunks_complete_the_video_once(chunked: Database) -> None:
    film = await planned(chunked)
    await film.finish(1, 0, 2, 4, 3)
    assert "video.chunks_completed" not in film.topics
    await film.finish(5)
    assert film.topics.count("video.chunks_completed") == 1
    assert sorted(film.requested) == [0, 1, 2, 3, 4, 5]


async def test_two_last_chunks_that_end_at_the_same_moment_complete_the_video_once(chunked: Database) -> None:
    for _ in range(10):
        film = await planned(chunked)
        await film.finish(0, 1, 2, 3)
        last = [await film.claim(number) for number in (4, 5)]
        told = await asyncio.gather(*(commit(chunked, claim) for claim in last))
        film.told += [message for messages in told for message in messages]
        assert film.topics.count("video.chunks_completed") == 1


async def test_workers_that_claim_beat_and_commit_all_at_once_do_not_get_in_each_others_way(
    chunked: Database,
) -> None:
    """A deadlock between them would be an outage here."""
    film = await planned(chunked, 30, windows=dict.fromkeys(WINDOWS, 8))
    to_do = list(film.requested)

    async def worker() -> None:
        while to_do:
            claim = await film.claim(to_do.pop(0))
            await asyncio.gather(*(chunked.beat(claim, progress) for progress in (0.3, 0.6)))
            told = await commit(chunked, claim, windows=dict.fromkeys(WINDOWS, 8))
            film.told += told
            to_do.extend(requested(told))

    await asyncio.gather(*(worker() for _ in range(8)))
    assert sorted(film.requested) == list(range(30))
    assert film.topics.count("video.chunks_completed") == 1
    assert await progress(film) == pytest.approx(0.97)


async def test_chunks_of_one_video_are_worked_on_side_by_side_under_different_prefixes(
    chunked: Database,
) -> None:
    film = await planned(chunked)
    claims = [await film.claim(number) for number in range(5)]
    assert len({claim.prefix for claim in claims}) == 5
    assert all(claim.prefix == f"{film.id}/1/transcode/{claim.fence}/" for claim in claims)


async def test_the_step_runs_until_the_playlists_are_written(chunked: Database) -> None:
    film = await planned(chunked)
    await film.finish(*range(6))
    _, (step, *_) = await chunked.video(film.id)
    assert (step.stage, step.state) == ("transcode", "running")
    join = await claimed(chunked, JOIN, Envelope.decode(film.told[-1].body))
    await commit(chunked, join, MADE["transcode"])
    video, (step, *_) = await chunked.video(film.id)
    assert (step.state, step.progress, step.fence) == ("done", 1.0, join.fence)
    assert video.playback["hls"] == "v/master.m3u8"


async def test_the_status_has_one_step_for_all_that_transcoding_takes(chunked: Database) -> None:
    film = await planned(chunked)
    _, steps = await chunked.video(film.id)
    assert [step.stage for step in steps] == ["transcode", "thumbnail", "metadata", "notify"]
    assert [step.weight for step in steps] == [20, 1, 1, 1]
    assert [step.required for step in steps] == [True, True, True, False]


async def test_progress_follows_the_chunks_by_their_weight_and_never_goes_back(chunked: Database) -> None:
    """Five chunks weigh 1, the sound 0.5; a last part is kept for the playlists."""
    film = await planned(chunked)
    assert await progress(film) == 0.0
    first, sound = await film.claim(0), await film.claim(1)
    await chunked.beat(first, 0.5)
    assert await progress(film) == pytest.approx(0.97 * 0.5 / 5.5)
    await chunked.beat(sound, 1.0)
    await chunked.beat(first, 0.1)
    assert await progress(film) == pytest.approx(0.97 * 1.0 / 5.5)
    await commit(chunked, first)
    assert await progress(film) == pytest.approx(0.97 * 1.5 / 5.5)
    await chunked.release(sound)
    assert await progress(film) == pytest.approx(0.97 * 1.5 / 5.5)


async def test_of_the_chunks_at_work_the_first_tells_how_far_all_of_them_are(chunked: Database) -> None:
    film = await planned(chunked)
    first, second = await film.claim(2), await film.claim(3)
    await chunked.beat(first, 0.2)
    assert await progress(film) == pytest.approx(0.97 * 0.2 / 5.5)
    await chunked.beat(second, 0.6)
    assert await progress(film) == pytest.approx(0.97 * 0.2 / 5.5)
    await chunked.beat(first, 0.2)
    assert await progress(film) == pytest.approx(0.97 * 0.8 / 5.5)
    await commit(chunked, first)
    await chunked.beat(second, 0.7)
    assert await progress(film) == pytest.approx(0.97 * 1.7 / 5.5)


@pytest.mark.parametrize("end", ["retried", "handed back"])
async def test_a_chunk_that_waits_for_another_attempt_does_not_keep_the_others_from_telling(
    chunked: Database, end: str
) -> None:
    film = await planned(chunked)
    first, second = await film.claim(2), await film.claim(3)
    await chunked.beat(first, 0.2)
    if end == "retried":
        await chunked.commit(first, *retrying(first, timedelta(hours=1)))
    else:
        await chunked.release(first)
    await chunked.beat(second, 0.9)
    assert await progress(film) == pytest.approx(0.97 * 0.9 / 5.5)


async def test_a_chunk_that_is_begun_anew_does_not_keep_the_others_from_telling(open_ledger: Opening) -> None:
    hasty = await open_ledger(CHUNKED, lease=timedelta(milliseconds=50))
    film = await planned(hasty)
    crashed, other = await film.claim(2), await film.claim(3)
    await hasty.beat(crashed, 0.2)
    await taken_over(hasty, crashed, CHUNKED[1])
    await hasty.beat(await taken_over(hasty, other, CHUNKED[3]), 0.9)
    assert await progress(film) == pytest.approx(0.97 * 0.9 / 5.5)


async def test_chunks_that_weigh_nothing_are_worked_on_like_others(chunked: Database) -> None:
    plan = plan_of(2)
    weightless = tuple(chunk.model_copy(update={"weight": 0.0}) for chunk in plan.chunks)
    film = await planned(chunked, plan=plan.model_copy(update={"chunks": weightless}))
    claim = await film.claim(0)
    await chunked.beat(claim, 0.5)
    film.told += await commit(chunked, claim)
    await film.finish(1)
    assert await progress(film) == 0.0
    assert film.topics.count("video.chunks_completed") == 1


async def test_progress_of_planning_and_of_joining_stays_before_and_after_that_of_the_chunks(
    chunked: Database,
) -> None:
    planning = await claimed(chunked, CHUNKED[0], await accepted(chunked))
    await chunked.beat(planning, 0.9)
    assert await progress(Film(chunked, planning.video.id)) == 0.0
    film = await planned(chunked)
    await film.finish(*range(6))
    assert await progress(film) == pytest.approx(0.97)
    join = await claimed(chunked, JOIN, Envelope.decode(film.told[-1].body))
    await chunked.beat(join, 0.5)
    assert await progress(film) == pytest.approx(0.985)


async def test_picture_and_sound_of_the_head_make_a_video_playable_once(chunked: Database) -> None:
    film = await planned(chunked)
    await film.finish(0)
    assert "video.playable" not in film.topics
    await film.finish(1)
    assert film.topics.count("video.playable") == 1
    video, _ = await chunked.video(film.id)
    assert video.playback == {"live": True}
    assert video.playable_at is not None
    await film.finish(2, 3, 4, 5)
    assert film.topics.count("video.playable") == 1


async def test_an_encode_at_half_of_real_time_is_playable_only_when_no_stall_is_to_come(
    chunked: Database,
) -> None:
    """A fifth off for caution: 8 s take 20 s. The last five take 100 s, and they begin at 80 s to 112 s."""
    film = await planned(chunked, plan=plan_of(15, sound=False))
    for number in range(10):
        assert "video.playable" not in film.topics, number
        claim = await film.claim(number)
        film.told += await commit(chunked, claim, transcoded(claim, took=16.0))
    assert film.topics.count("video.playable") == 1


async def test_sound_that_grows_makes_a_video_playable_before_it_is_whole(chunked: Database) -> None:
    film = await planned(chunked, plan=plan_of(6))
    await film.finish(0)
    sound = await film.claim(1)
    await publish_all(chunked)
    to_publish = await chunked.announce(sound, *told_by(sound, grew(sound, 2), "2"))
    assert list(await unpublished(chunked)) == list(to_publish)
    told = [Envelope.decode(message.body).type for message in await unpublished(chunked)]
    assert told == ["video.chunk_grew.v1", "video.playable.v1"]
    growth = await chunked.growth(film.id)
    assert growth is not None
    assert (growth.chunks[1].state, growth.chunks[1].prefix) == ("requested", sound.prefix)
    assert growth.chunks[1].made == (made("audio", 2),)


async def test_what_grew_is_replaced_by_what_is_done(chunked: Database) -> None:
    film = await planned(chunked)
    sound = await film.claim(1)
    await chunked.announce(sound, *told_by(sound, grew(sound, 1), "1"))
    await chunked.announce(sound, *told_by(sound, grew(sound, 4), "4"))
    done = transcoded(sound).model_copy(update={"made": (made("audio", 10),)})
    film.told += await commit(chunked, sound, done)
    growth = await chunked.growth(film.id)
    assert growth is not None
    assert growth.chunks[1].state == "done"
    assert growth.chunks[1].made == (made("audio", 10),)


async def test_a_second_attempt_at_what_grew_takes_nothing_back(open_ledger: Opening) -> None:
    hasty = await open_ledger(CHUNKED, lease=timedelta(milliseconds=50))
    film = await planned(hasty)
    first = await film.claim(1)
    await hasty.announce(first, *told_by(first, grew(first, 4), "4"))
    second = await taken_over(hasty, first, CHUNKED[2])
    await hasty.announce(second, *told_by(second, grew(second, 2), "2"))
    assert await grown_below(hasty, film) == first.prefix
    before = await heard(hasty, film)
    await hasty.announce(second, *told_by(second, grew(second, 8), "8"))
    assert await grown_below(hasty, film) == second.prefix
    assert (await heard(hasty, film))[:4] == before
    await commit(hasty, second, transcoded(second).model_copy(update={"made": (made("audio", 10),)}))
    assert (await heard(hasty, film))[:4] == before
    assert len(await heard(hasty, film)) == 10


async def test_what_was_told_stays_until_the_video_is_ready_or_cancelled(open_ledger: Opening) -> None:
    hasty = await open_ledger(CHUNKED, lease=timedelta(milliseconds=50))
    told = []
    for _ in range(3):
        film = await planned(hasty)
        first = await film.claim(1)
        await hasty.announce(first, *told_by(first, grew(first, 1), "1"))
        second = await taken_over(hasty, first, CHUNKED[2])
        film.told += await commit(hasty, second)
        told.append((film, first.prefix))
    (failed, of_failed), (cancelled, _), (done, of_done) = told
    await failed.give_up(0)
    await hasty.cancel(cancelled.id)
    await done.finish(0, 2, 3, 4, 5)
    await to_the_end(done)
    kept = {settled.video_id: settled.kept for settled in await hasty.settled()}
    assert of_failed in kept[failed.id]
    assert kept[cancelled.id] == frozenset()
    assert kept[done.id]
    assert of_done not in kept[done.id]


async def test_the_original_makes_a_video_playable_while_it_is_planned(chunked: Database) -> None:
    claim = await claimed(chunked, CHUNKED[0], await accepted(chunked))
    said = VideoPlayable(by="original", original="v/source", content_type="video/mp4")
    await chunked.announce(claim, *told_by(claim, said))
    video, (step, *_) = await chunked.video(claim.video.id)
    assert video.playback == {"original": "v/source", "original_type": "video/mp4"}
    assert video.playable_at is not None
    assert step.state == "running"
    await commit(chunked, claim, plan_of(6))


async def test_an_original_that_a_closer_look_refuses_plays_no_more(chunked: Database) -> None:
    claim = await claimed(chunked, CHUNKED[0], await accepted(chunked))
    said = VideoPlayable(by="original", original="v/source", content_type="video/mp4")
    await chunked.announce(claim, *told_by(claim, said))
    await chunked.commit(claim, *death(claim))
    video, _ = await chunked.video(claim.video.id)
    assert (video.status, video.playback, video.playable_at) == ("failed", {}, None)


async def test_an_original_that_was_planned_still_plays_when_a_chunk_cannot_be_made(
    chunked: Database,
) -> None:
    claim = await claimed(chunked, CHUNKED[0], await accepted(chunked))
    said = VideoPlayable(by="original", original="v/source", content_type="video/mp4")
    await chunked.announce(claim, *told_by(claim, said))
    film = Film(chunked, claim.video.id)
    film.told += await commit(chunked, claim, plan_of(6))
    await film.give_up(0)
    video, _ = await chunked.video(claim.video.id)
    assert (video.status, video.playback["original"]) == ("failed", "v/source")
    assert video.playable_at is not None


async def test_what_is_announced_again_by_a_second_attempt_is_told_once(chunked: Database) -> None:
    claim = await claimed(chunked, CHUNKED[0], await accepted(chunked))
    await publish_all(chunked)
    for _ in range(2):
        await chunked.announce(claim, *told_by(claim, VideoPlayable(by="original", original="s")))
        await chunked.release(claim)
        claim = await claimed(chunked, CHUNKED[0], claim.envelope)
    assert len(await unpublished(chunked)) == 1


async def test_a_worker_that_wakes_up_late_can_neither_announce_nor_mark_a_chunk(
    open_ledger: Opening,
) -> None:
    hasty = await open_ledger(CHUNKED, lease=timedelta(milliseconds=50))
    film = await planned(hasty)
    late = await film.claim(1)
    current = await taken_over(hasty, late, CHUNKED[2])
    before = await everything(hasty, film)
    with pytest.raises(FenceLost):
        await hasty.announce(late, *told_by(late, grew(late, 4)))
    with pytest.raises(FenceLost):
        await commit(hasty, late)
    assert await everything(hasty, film) == before
    await commit(hasty, current)
    assert await grown_below(hasty, film) == current.prefix


async def test_a_job_that_ended_or_was_handed_back_can_announce_nothing(chunked: Database) -> None:
    film = await planned(chunked)
    done, let_go = await film.claim(0), await film.claim(1)
    await commit(chunked, done)
    await chunked.release(let_go)
    for claim in (done, let_go):
        with pytest.raises(FenceLost):
            await chunked.announce(claim, *told_by(claim, grew(claim, 1)))


async def test_a_commit_whose_answer_got_lost_changes_nothing_and_says_again_what_follows(
    chunked: Database,
) -> None:
    film = await planned(chunked, 8)
    await film.finish(0, 1)
    await publish_all(chunked)
    claim = await film.claim(3)
    done = outcome(claim, transcoded(claim))
    first = await chunked.commit(claim, *done)
    before = await everything(chunked, film)
    assert await chunked.commit(claim, *done) == first
    assert len(first) == 2
    assert await everything(chunked, film) == before


async def test_a_cancelled_video_releases_nothing(chunked: Database) -> None:
    film = await planned(chunked, 8)
    claim = await film.claim(3)
    await chunked.cancel(film.id)
    before = await everything(chunked, film)
    with pytest.raises(FenceLost):
        await commit(chunked, claim)
    assert await everything(chunked, film) == before


async def test_a_chunk_that_was_never_planned_is_the_workers_mistake(chunked: Database) -> None:
    film = await planned(chunked)
    claim = await film.claim(0)
    wrong = transcoded(claim).model_copy(update={"number": 77})
    with pytest.raises(HandlerBroken, match="77"):
        await commit(chunked, claim, wrong)
    await commit(chunked, claim)


async def test_a_second_word_on_a_chunk_that_is_done_changes_nothing(chunked: Database) -> None:
    film = await planned(chunked)
    await film.finish(0)
    other = await film.claim(2)
    await commit(chunked, other, transcoded(other).model_copy(update={"number": 0, "prefix": "elsewhere/"}))
    growth = await chunked.growth(film.id)
    assert growth is not None
    assert growth.chunks[0].prefix != "elsewhere/"


async def test_a_growth_tells_the_plan_and_every_chunk(chunked: Database) -> None:
    film = await planned(chunked)
    await film.finish(0)
    growth = await chunked.growth(film.id)
    assert growth is not None
    assert growth.plan == plan_of(6).model_copy(update={"chunks": ()})
    assert [chunk.number for chunk in growth.chunks] == list(range(6))
    assert [chunk.state for chunk in growth.chunks] == ["done", *["requested"] * 4, "planned"]
    assert growth.chunks[0].made == (made("360p", 2),)
    assert (growth.chunks[0].took, growth.chunks[5].until) == (1.0, None)


async def test_there_is_no_growth_of_what_was_not_planned_or_never_was(chunked: Database) -> None:
    envelope = await accepted(chunked)
    assert await chunked.growth(envelope.subject) is None
    with pytest.raises(VideoMissing):
        await chunked.growth("nobody")


async def test_a_plan_of_six_hundred_chunks_is_committed_and_worked_off_in_time(chunked: Database) -> None:
    began = time.monotonic()
    film = await planned(chunked, 600, windows={"head": 2, "sound": 2, "tail": 20})
    assert time.monotonic() - began < 5
    assert len(film.requested) == 23
    await film.finish(3, windows={"tail": 20})
    assert film.requested[-1] == 23


async def test_outputs_that_count_are_kept_and_what_lies_beside_the_plan_until_it_is_ready(
    chunked: Database,
) -> None:
    film = await planned(chunked)
    await film.finish(0)
    dead = await film.give_up(2)
    growth = await chunked.growth(film.id)
    assert growth is not None
    (settled,) = await chunked.settled()
    done = growth.chunks[0].prefix
    assert settled.kept == {done, f"{film.id}/1/transcode/1/"}
    assert dead.prefix not in settled.kept


async def test_a_video_that_is_ready_keeps_its_chunks_and_its_playlists(chunked: Database) -> None:
    film, join = await ready(chunked)
    growth = await chunked.growth(film.id)
    assert growth is not None
    (settled,) = await chunked.settled()
    assert {chunk.prefix for chunk in growth.chunks} < settled.kept
    assert join in settled.kept
    assert f"{film.id}/1/transcode/1/" not in settled.kept


async def test_a_video_that_was_cancelled_keeps_no_chunk(chunked: Database) -> None:
    film = await planned(chunked)
    await film.finish(0)
    await chunked.cancel(film.id)
    (settled,) = await chunked.settled()
    assert settled == Settled(film.id, frozenset(), settled.updated_at)


async def test_a_purged_video_leaves_no_plan_and_no_chunk(chunked: Database) -> None:
    film = await planned(chunked)
    await chunked.delete(film.id)
    await chunked.purged(film.id)
    assert await rows_left(chunked) == []


async def test_a_request_that_got_lost_is_woken_at_its_own_stage(chunked: Database) -> None:
    await planned(chunked)
    await publish_all(chunked)
    lost = await chunked.stuck((HEAD,), timedelta(microseconds=1))
    assert [message.routing_key for message in lost] == ["reelmill.head"] * 2


async def ready(ledger: Database) -> tuple[Film, str]:
    """A video after all of its stages, and the prefix of its playlists."""
    film = await planned(ledger)
    await film.finish(*range(6))
    return film, await to_the_end(film)


async def to_the_end(film: Film) -> str:
    """The prefix of its playlists, after all chunks are done."""
    envelope, prefix = Envelope.decode(film.told[-1].body), ""
    for stage in CHUNKED[4:7]:
        claim = await claimed(film.ledger, stage, envelope)
        prefix = prefix or claim.prefix
        event = MADE["transcode" if stage is JOIN else stage.name]
        envelope = told_by(claim, event)[0]
        await commit(film.ledger, claim, event)
    return prefix


async def heard(ledger: Database, film: Film) -> tuple[str, ...]:
    """The keys that the live playlist of the sound lists."""
    growth = await ledger.growth(film.id)
    assert growth is not None
    return media_playlist(growth, "audio", live=True).segments


async def grown_below(ledger: Database, film: Film) -> str | None:
    """The prefix of what is there of the sound."""
    growth = await ledger.growth(film.id)
    assert growth is not None
    return growth.chunks[1].prefix


async def progress(film: Film) -> float:
    _, (step, *_) = await film.ledger.video(film.id)
    return step.progress


async def everything(ledger: Database, film: Film) -> object:
    video, steps = await ledger.video(film.id)
    return video, steps, await ledger.growth(film.id), await unpublished(ledger)


async def rows_left(ledger: Database) -> list[object]:
    def work(session: Session, _now: datetime) -> list[object]:
        return [*session.exec(select(PlanRow)), *session.exec(select(ChunkRow))]

    return await ledger._transactions.read(work)
