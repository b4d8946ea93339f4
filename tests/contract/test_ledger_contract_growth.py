"""What a playlist that grows is made from, on every database: no more than it lists."""

from pipeline.adapters.database import Database
from pipeline.growth import media_playlist, names
from tests.contract.chunked import Film, grew, planned, told_by


async def alike(film: Film) -> int:
    """Segments listed in all, if the playlists are the same from the few chunks as from all of them."""
    whole, listed = await film.ledger.growth(film.id), 0
    assert whole is not None
    for name in names(whole):
        part = await film.ledger.growth(film.id, of=name)
        assert part is not None
        assert all(name in chunk.renditions for chunk in part.chunks)
        playlist = media_playlist(part, name, live=True)
        assert playlist == media_playlist(whole, name, live=True)
        listed += len(playlist.segments)
    return listed


async def test_playlists_are_the_same_from_their_own_chunks_as_from_all(chunked: Database) -> None:
    film = await planned(chunked)
    counts = [await alike(film)]
    sound = await film.claim(1)
    await chunked.announce(sound, *told_by(sound, grew(sound, 1)))
    await chunked.release(sound)
    counts.append(await alike(film))
    done = set[int]()
    while left := [number for number in dict.fromkeys(film.requested) if number not in done]:
        number = left[-1]  # the last first, so that there are gaps
        await film.finish(number)
        done.add(number)
        counts.append(await alike(film))
    assert counts == sorted(counts)
    assert counts[0] == 0 < counts[1] < counts[-1]


async def test_chunks_behind_a_gap_and_of_others_are_not_read(chunked: Database) -> None:
    film = await planned(chunked)
    growth = await chunked.growth(film.id)
    assert growth is not None
    lead = growth.plan.lead or ""
    first, *others = growth.making(lead)
    assert others
    part = await chunked.growth(film.id, of=lead)
    assert part is not None
    assert part.chunks == (first,)


async def test_a_name_that_is_no_rendition_has_no_chunks(chunked: Database) -> None:
    film = await planned(chunked)
    for name in ("none", "%", '"', "a\\b", "\N{SNOWMAN}", ""):
        growth = await chunked.growth(film.id, of=name)
        assert growth is not None
        assert growth.chunks == ()
