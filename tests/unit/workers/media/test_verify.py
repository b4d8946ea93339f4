"""A tree in the store that lacks something is never called done."""

from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.playlists import BitRates, Track, write_master
from tests.unit.workers.media.test_reading import audio, read, video
from workers.media.errors import OutputIncomplete
from workers.media.hls import Recipe
from workers.media.ladder import plan
from workers.media.sending import Sent
from workers.media.verify import verify

RECIPE = Recipe(read(video(width=640, height=360), audio()), plan(640, 360, Fraction(25)))
SEGMENTS = {"00000.m4s": 4.0, "00001.m4s": 2.0}


def playlist(segments: dict[str, float]) -> str:
    entries = "".join(f"#EXTINF:{seconds:.6f},\n{name}\n" for name, seconds in segments.items())
    return f'#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="init.mp4"\n{entries}#EXT-X-ENDLIST\n'


async def tree(store: MemoryStore) -> dict[str, Sent]:
    """A sound tree below `v/hls/`, and what was sent of it."""
    sent = {}
    for name in RECIPE.names:
        frame = 1024 / 48000 if name == "audio" else 1 / 25
        files = {"init.mp4": 0, **{file: round(seconds / frame) for file, seconds in SEGMENTS.items()}}
        for file, frames in files.items():
            await store.put(f"v/hls/{name}/{file}", b"bytes", "video/mp4")
            sent[f"{name}/{file}"] = Sent(5, frames)
        await store.put(f"v/hls/{name}/index.m3u8", playlist(SEGMENTS).encode(), "")
    tracks = [
        Track(f"{rung.name}/index.m3u8", "avc1", BitRates(2, 1), 2, 2, rung.rate) for rung in RECIPE.rungs
    ]
    master = write_master(tracks, Track("audio/index.m3u8", "mp4a", BitRates(2, 1)))
    await store.put("v/hls/master.m3u8", master.encode(), "")
    return sent


async def test_a_whole_tree_is_measured() -> None:
    store = MemoryStore()
    found = await verify(store, "v/hls/master.m3u8", RECIPE, await tree(store))
    assert set(found.playlists) == {"360p", "240p", "audio"}
    assert found.duration == 6.0


async def broken(store: MemoryStore, key: str, data: bytes | None) -> None:
    """Puts `data` in the place of a sound object, or takes it away."""
    sent = await tree(store)
    await store.delete([key])
    if data is not None:
        await store.put(key, data, "")
    with pytest.raises(OutputIncomplete):
        await verify(store, "v/hls/master.m3u8", RECIPE, sent)


@pytest.mark.parametrize(
    "key", ["master.m3u8", "360p/index.m3u8", "360p/init.mp4", "audio/00001.m4s", "240p/00000.m4s"]
)
@pytest.mark.parametrize("data", [None, b"", b"byt"])
async def test_a_file_that_is_missing_empty_or_short_is_noticed(key: str, data: bytes | None) -> None:
    await broken(MemoryStore(), f"v/hls/{key}", data)


@pytest.mark.parametrize(
    "segments",
    [
        {"00000.m4s": 4.0},
        {"00000.m4s": 3.9, "00001.m4s": 2.1},
        {"00000.m4s": 4.0, "00001.m4s": 1.0},
        {},
    ],
)
async def test_a_playlist_that_differs_from_its_segments_or_neighbours_is_noticed(
    segments: dict[str, float],
) -> None:
    await broken(MemoryStore(), "v/hls/240p/index.m3u8", playlist(segments).encode())


async def test_a_playlist_without_an_end_is_noticed() -> None:
    endless = playlist(SEGMENTS).replace("#EXT-X-ENDLIST\n", "")
    await broken(MemoryStore(), "v/hls/360p/index.m3u8", endless.encode())


async def test_a_master_without_a_rendition_is_noticed(tmp_path: Path) -> None:
    await broken(
        MemoryStore(), "v/hls/master.m3u8", b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n360p/index.m3u8\n"
    )
