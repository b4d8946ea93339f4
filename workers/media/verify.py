"""Checks what lies in the store before it is called done. An exit code of 0 proves nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from posixpath import dirname

from pipeline.chunks import AUDIO, ChunkState, Growth
from pipeline.errors import ObjectMissing
from pipeline.events import Made
from pipeline.growth import SUBTITLES, made_of, media_playlist, names
from pipeline.playlists import MediaPlaylist, read_media, uris
from pipeline.ports import Store
from workers.media.errors import OutputIncomplete

_EXACT = Fraction(1, 1_000_000)
"""Seconds, what a playlist can tell apart."""


@dataclass(frozen=True)
class Rendition:
    """As its chunks made it. The playlist's addresses are keys of the store."""

    name: str
    codec: str
    language: str | None
    playlist: MediaPlaylist
    sizes: tuple[int, ...]
    """Bytes of each segment."""
    title: str | None = None
    default: bool = False
    forced: bool = False


@dataclass(frozen=True)
class Tree:
    """What a viewer will be given."""

    renditions: Mapping[str, Rendition]
    """Videos from the largest down, then sound and subtitles."""

    @property
    def videos(self) -> list[Rendition]:
        return [one for name, one in self.renditions.items() if name != AUDIO and not is_text(name)]

    @property
    def audio(self) -> Rendition | None:
        return self.renditions.get(AUDIO)

    @property
    def subtitles(self) -> list[Rendition]:
        return [one for name, one in self.renditions.items() if is_text(name)]

    @property
    def duration(self) -> float:
        return max(one.playlist.duration for name, one in self.renditions.items() if not is_text(name))

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return sum(sum(one.sizes) for one in self.renditions.values())


def is_text(name: str) -> bool:
    return name.startswith(SUBTITLES)


def assemble(growth: Growth) -> Tree:
    """What the chunks made, put together. Raises OutputIncomplete where they do not meet."""
    found = {name: _rendition(growth, name) for name in names(growth) if _is_there(growth, name)}
    tree = Tree(found)
    _check_alignment([one.playlist for one in tree.videos], growth)
    return tree


async def check_stored(store: Store, folder: str, tree: Tree, growth: Growth) -> None:
    """Reads back from `folder` what `tree` names. Raises OutputIncomplete for what is missing or short."""
    there = {info.key: info.size for info in await store.list(folder)}
    for one in tree.renditions.values():
        for key, size in zip(one.playlist.segments, one.sizes, strict=True):
            if there.get(key) != size or not size:
                raise OutputIncomplete(f"{key} is missing or shorter than what was sent.")
        if one.playlist.init is not None:
            await _check_init(store, one.playlist.init, made_of(growth, one.name)[0].init)


async def read_tree(store: Store, master: str) -> dict[str, MediaPlaylist]:
    """The media playlists that the master playlist names, by rendition. Raises OutputIncomplete."""
    named = uris(await _text(store, master))
    try:
        return {dirname(uri): read_media(await _text(store, f"{dirname(master)}/{uri}")) for uri in named}
    except ValueError as error:
        raise OutputIncomplete("A playlist cannot be read back.") from error


def _is_there(growth: Growth, name: str) -> bool:
    """Subtitles in which nothing is said are none; anything else has to be there."""
    return not is_text(name) or bool(made_of(growth, name))


def _rendition(growth: Growth, name: str) -> Rendition:
    playlist, made = media_playlist(growth, name), made_of(growth, name)
    if not playlist.ended or not playlist.segments:
        raise OutputIncomplete(f"{name} has no end.")
    if len({each.init for each in made}) > 1:
        raise OutputIncomplete(f"The chunks of {name} were encoded in different ways.")
    _check_joints(name, growth.making(name), made)
    sizes = tuple(size for each in made for size in each.sizes)
    told = made[0]
    return Rendition(name, told.codec, told.language, playlist, sizes, told.title, told.default, told.forced)


def _check_joints(name: str, chunks: Sequence[ChunkState], made: Sequence[Made]) -> None:
    if len(chunks) != len(made) or chunks[0].first != 0:
        raise OutputIncomplete(f"A chunk of {name} is missing.")
    ends = [chunk.first + len(each.frames) for chunk, each in zip(chunks, made, strict=True)]
    if ends[:-1] != [chunk.first for chunk in chunks[1:]]:
        raise OutputIncomplete(f"The chunks of {name} do not meet.")


def _check_alignment(playlists: Sequence[MediaPlaylist], growth: Growth) -> None:
    """A player that changes quality must find a boundary there; at the end a slow rung may lack a frame."""
    segment = Fraction(growth.plan.segment)
    slack = max((1.5 / Fraction(one.rate) for one in growth.plan.renditions), default=0)
    for playlist in playlists:
        uneven = any(abs(Fraction(seconds) - segment) > _EXACT for seconds in playlist.seconds[:-1])
        if uneven or len(playlist.segments) != len(playlists[0].segments):
            raise OutputIncomplete("The renditions are not cut at the same times.")
        if abs(playlist.seconds[-1] - playlists[0].seconds[-1]) > slack:
            raise OutputIncomplete("The renditions do not end at the same time.")


async def _check_init(store: Store, key: str, digest: str) -> None:
    if sha256(await _content(store, key)).hexdigest() != digest:
        raise OutputIncomplete(f"{key} is not what was sent.")


async def _text(store: Store, key: str) -> str:
    try:
        return (await _content(store, key)).decode()
    except UnicodeDecodeError as error:
        raise OutputIncomplete(f"{key} cannot be read back.") from error


async def _content(store: Store, key: str) -> bytes:
    try:
        return b"".join([block async for block in store.read(key)])
    except ObjectMissing as error:
        raise OutputIncomplete(f"{key} cannot be read back.") from error
