"""The timeline of a video in chunks, on every database: without what there are thousands of, but counted."""

from datetime import timedelta

from pipeline.adapters.database import Database
from tests.contract.chunked import planned
from tests.contract.ledgers import accepted, retrying


async def test_a_timeline_without_chunks_tells_everything_else_and_counts_them(chunked: Database) -> None:
    film = await planned(chunked)
    await film.finish(0)
    types = [entry.type for entry in await chunked.timeline(film.id)]
    assert {"video.head_requested", "video.chunk_transcoded"} <= set(types)
    assert [entry.type for entry in await chunked.timeline(film.id, chunks=False)] == [
        "video.uploaded",
        "video.planned",
    ]
    count = await chunked.chunk_count(film.id)
    assert (count.requested, count.done) == (len(film.requested), 1)


async def test_trouble_with_a_chunk_is_told_without_chunks_too(chunked: Database) -> None:
    film = await planned(chunked)
    claim = await film.claim(0)
    await chunked.commit(claim, *retrying(claim, timedelta(seconds=10)))
    told = await chunked.timeline(film.id, chunks=False)
    assert [entry.kind for entry in told] == ["event", "event", "retry"]
    lost = await film.give_up(1)
    await film.replay(lost)
    kinds = [entry.kind for entry in await chunked.timeline(film.id, chunks=False)]
    assert {"dead", "replay"} <= set(kinds)


async def test_a_video_that_was_never_planned_counts_none(chunked: Database) -> None:
    count = await chunked.chunk_count((await accepted(chunked)).subject)
    assert (count.requested, count.done) == (0, 0)
