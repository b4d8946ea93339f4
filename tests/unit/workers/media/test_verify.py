"""What chunks made is never called done when something of it is missing, short or uneven."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.chunks import DONE, REQUESTED, ChunkState, Growth
from pipeline.events import Made, PlannedRendition, VideoPlanned
from workers.media.errors import OutputIncomplete
from workers.media.verify import Tree, assemble, check_stored

INIT = b"init"
PLAN = VideoPlanned(
    source="v/source",
    recipe={},
    segment="4",
    duration=18.0,
    lead="240p",
    audio=True,
    renditions=(
        PlannedRendition(name="360p", width=640, height=360, rate="25", max_bit_rate=500_000),
        PlannedRendition(name="240p", width=426, height=240, rate="25", max_bit_rate=300_000),
    ),
    chunks=(),
)


def made(name: str, *frames: int) -> Made:
    codec = "mp4a.40.2" if name == "audio" else "avc1.64001f"
    init = "" if name.startswith("subtitles") else sha256(INIT).hexdigest()
    return Made(name=name, codec=codec, init=init, frames=frames, sizes=(5,) * len(frames))


def chunk(number: int, first: int, until: int | None, *all_made: Made) -> ChunkState:
    names = tuple(one.name for one in all_made)
    prefix = f"v/1/transcode/{number + 1}/"
    return ChunkState(number, "head", "lead", first, until, names, 1.0, DONE, prefix, all_made, 1.0)


def grown() -> Growth:
    return Growth(
        PLAN,
        (
            chunk(0, 0, 1, made("240p", 100)),
            chunk(1, 0, None, made("audio", 188, 188, 187, 188, 94), made("subtitles-0", *(360_000,) * 4)),
            chunk(2, 1, 3, made("240p", 100, 100)),
            chunk(3, 3, None, made("240p", 100, 50)),
            chunk(4, 0, None, made("360p", 100, 100, 100, 100, 50)),
        ),
    )


def changed(number: int, **fields: object) -> Growth:
    growth = grown()
    chunks = list(growth.chunks)
    chunks[number] = replace(chunks[number], **fields)  # type: ignore[arg-type]  # a test's freedom
    return replace(growth, chunks=tuple(chunks))


async def stored(growth: Growth) -> MemoryStore:
    """Everything that the chunks say they made."""
    store = MemoryStore()
    for one in growth.chunks:
        for each in one.made:
            ending = "vtt" if each.name.startswith("subtitles") else "m4s"
            for number in range(len(each.frames)):
                await store.put(f"{one.prefix}{each.name}/{one.first + number:05}.{ending}", b"bytes", "")
            await store.put(f"{one.prefix}{each.name}/init.mp4", INIT, "")
    return store


def test_chunks_make_one_tree() -> None:
    tree = assemble(grown())
    assert list(tree.renditions) == ["360p", "240p", "audio", "subtitles-0"]
    assert [one.name for one in tree.videos] == ["360p", "240p"]
    assert [one.name for one in tree.subtitles] == ["subtitles-0"]
    assert tree.audio is not None
    assert tree.duration == pytest.approx(18.0, abs=0.05)
    assert tree.size == 5 * (5 + 5 + 5 + 4)


def test_subtitles_in_which_nothing_is_said_are_none() -> None:
    sound = grown().chunks[1]
    tree = assemble(changed(1, made=sound.made[:1]))
    assert tree.subtitles == []


UNEVEN: dict[str, tuple[int, Sequence[Made]]] = {
    "a frame short in the middle": (2, [made("240p", 99, 100)]),
    "a segment short in the middle": (2, [made("240p", 100)]),
    "a segment too many": (2, [made("240p", 100, 100, 100)]),
    "nothing in the middle": (2, []),
    "nothing of the sound": (1, []),
    "a last segment missing": (3, [made("240p", 100)]),
    "another end": (3, [made("240p", 100, 40)]),
    "another init segment": (2, [made("240p", 100, 100).model_copy(update={"init": "other"})]),
}


@pytest.mark.parametrize("name", UNEVEN)
def test_what_does_not_meet_is_not_called_done(name: str) -> None:
    number, all_made = UNEVEN[name]
    with pytest.raises(OutputIncomplete):
        assemble(changed(number, made=tuple(all_made)))


def test_a_chunk_that_is_not_done_is_missed() -> None:
    with pytest.raises(OutputIncomplete):
        assemble(changed(3, state=REQUESTED))


async def test_what_the_store_holds_is_what_was_sent() -> None:
    growth = grown()
    await check_stored(await stored(growth), "v/1/transcode/", assemble(growth), growth)


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("3/240p/00002.m4s", b""),
        ("3/240p/00002.m4s", b"byte"),
        ("1/240p/init.mp4", b"other"),
        ("2/subtitles-0/00003.vtt", b"by"),
        ("2/audio/00004.m4s", None),
        ("5/360p/init.mp4", None),
    ],
)
async def test_what_is_missing_or_short_in_the_store_is_found(key: str, data: bytes | None) -> None:
    growth = grown()
    tree: Tree = assemble(growth)
    store = await stored(growth)
    await store.delete([f"v/1/transcode/{key}"])
    if data is not None:
        await store.put(f"v/1/transcode/{key}", data, "")
    with pytest.raises(OutputIncomplete):
        await check_stored(store, "v/1/transcode/", tree, growth)
