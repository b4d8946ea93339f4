"""Chunks that are given up: the video fails with the first and goes on when all are mended."""

from datetime import timedelta

from pipeline.adapters.database import Database
from pipeline.events import Envelope
from tests.contract.chunked import Film, commit, planned
from tests.contract.ledgers import FAILURE, retrying


async def state(film: Film) -> tuple[str, str]:
    video, (step, *_) = await film.ledger.video(film.id)
    return video.status, step.state


async def test_a_chunk_that_dies_fails_the_video_with_its_error_and_names_the_step(chunked: Database) -> None:
    film = await planned(chunked)
    await film.give_up(0)
    video, (step, *_) = await chunked.video(film.id)
    assert (video.status, step.state) == ("failed", "failed")
    assert video.error is not None
    assert (video.error["code"], step.error) == (
        FAILURE.code,
        {"code": "flaky", "message": FAILURE.message, "hint": "Wait."},
    )


async def test_the_others_end_and_do_not_revive_the_step_and_nothing_more_begins(chunked: Database) -> None:
    film = await planned(chunked, 8)
    running = await film.claim(3)
    await film.give_up(0)
    told = len(film.told)
    film.told += await commit(chunked, running)
    await film.finish(1, 2, 4)
    assert await state(film) == ("failed", "failed")
    assert film.topics[told:] == ["video.chunk_transcoded"] * 4


async def test_a_replay_frees_the_video_and_it_completes(chunked: Database) -> None:
    film = await planned(chunked)
    dead = await film.give_up(0)
    await film.finish(1, 2, 3, 4)
    await film.replay(dead)
    assert await state(film) == ("processing", "waiting")
    await film.finish(0)
    assert await state(film) == ("processing", "running")
    await film.finish(5)
    assert film.topics.count("video.chunks_completed") == 1
    assert film.topics.count("video.playable") == 1


async def test_a_video_that_failed_with_two_chunks_stays_failed_until_both_are_replayed(
    chunked: Database,
) -> None:
    film = await planned(chunked)
    first, second = await film.give_up(0), await film.give_up(3)
    await film.replay(first)
    assert await state(film) == ("failed", "failed")
    await film.finish(0, 1, 2, 4)
    assert await state(film) == ("failed", "failed")
    assert "video.chunks_completed" not in film.topics
    await film.replay(second)
    assert await state(film) == ("processing", "waiting")
    await film.finish(3, 5)
    assert film.topics.count("video.chunks_completed") == 1


async def test_a_retry_of_the_video_replays_all_of_its_dead_chunks(chunked: Database) -> None:
    film = await planned(chunked)
    await film.give_up(0)
    await film.give_up(3)
    film.told += await chunked.retry(film.id)
    assert await state(film) == ("processing", "waiting")
    await film.finish(0, 1, 2, 3, 4, 5)
    assert film.topics.count("video.chunks_completed") == 1


async def test_a_step_that_is_replayed_while_other_chunks_are_at_work_runs(chunked: Database) -> None:
    film = await planned(chunked)
    await film.claim(2)
    await film.replay(await film.give_up(0))
    assert await state(film) == ("processing", "running")


async def test_a_chunk_that_is_tried_again_shows_until_another_starts(chunked: Database) -> None:
    film = await planned(chunked)
    claim, other = await film.claim(0), await film.claim(1)
    await chunked.commit(claim, *retrying(claim, timedelta(minutes=1)))
    assert await state(film) == ("processing", "retrying")
    await chunked.commit(other, *retrying(other, timedelta(minutes=1)))
    assert await state(film) == ("processing", "retrying")
    await film.claim(2)
    assert await state(film) == ("processing", "running")
    _, (step, *_) = await chunked.video(film.id)
    assert step.attempts == 1


async def test_a_chunk_handed_back_leaves_the_step_running_while_others_are_at_work(
    chunked: Database,
) -> None:
    film = await planned(chunked)
    one, other = await film.claim(0), await film.claim(1)
    await chunked.release(one)
    assert await state(film) == ("processing", "running")
    await chunked.release(other)
    assert await state(film) == ("processing", "waiting")


async def test_cancelling_a_video_whose_chunk_died_ends_it_for_good(chunked: Database) -> None:
    film = await planned(chunked)
    dead = await film.give_up(0)
    await chunked.cancel(film.id)
    await film.replay(dead)
    assert await state(film) == ("cancelled", "cancelled")
    assert Envelope.decode(film.told[-1].body).subject == film.id


async def test_a_video_whose_chunk_was_dropped_stays_failed_whatever_else_is_replayed(
    chunked: Database,
) -> None:
    """The dropped chunk is never done: to go on would be to wait for it for ever."""
    film = await planned(chunked)
    dropped, other = await film.give_up(0), await film.give_up(3)
    assert await chunked.drop([(dropped.stage, dropped.envelope.id)])
    await film.replay(other)
    assert await state(film) == ("failed", "failed")
    await film.finish(1, 2, 3, 4)
    assert await state(film) == ("failed", "failed")
