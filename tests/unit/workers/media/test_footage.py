"""Segments are looked at again by whoever makes something of them: they may be gone by then."""

import struct
from pathlib import Path

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.playlists import MediaPlaylist
from workers.media.errors import OutputIncomplete
from workers.media.footage import Footage

KEYS = ("v/1/transcode/2/360p/init.mp4", "v/1/transcode/2/360p/00000.m4s", "v/1/transcode/2/360p/00001.m4s")


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


async def footage() -> tuple[Footage, MemoryStore]:
    store = MemoryStore()
    for key in KEYS:
        await store.put(key, box(b"moof", key.encode()) + box(b"mdat", b"x"), "video/mp4")
    init, *segments = (f"../../../2/360p/{key.rpartition('/')[2]}" for key in KEYS)
    playlist = MediaPlaylist(init, tuple(segments), (4.0, 4.0), 4, ended=True)
    return Footage(store, "v/1/transcode/3/hls/360p", playlist), store


async def test_what_is_brought_is_init_and_segments_in_a_row(tmp_path: Path) -> None:
    whole, store = await footage()
    file = await whole.bring([0, 1], tmp_path / "clip.mp4")
    assert file.read_bytes() == b"".join([store._objects[key][0] for key in KEYS])


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("left", [None, 0, 7, -1])
async def test_one_that_is_missing_empty_or_cut_by_now_is_found(
    key: str, left: int | None, tmp_path: Path
) -> None:
    whole, store = await footage()
    if left is None:
        await store.delete([key])
    else:
        await store.put(key, store._objects[key][0][:left], "video/mp4")
    with pytest.raises(OutputIncomplete):
        await whole.bring([0, 1], tmp_path / "clip.mp4")
