"""Checks what lies in the store after an encode. An exit code of 0 proves nothing: a full disk has it too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import dirname

from pipeline.errors import ObjectMissing
from pipeline.playlists import MediaPlaylist, read_media, uris
from pipeline.ports import Store
from workers.media.errors import OutputIncomplete
from workers.media.hls import AUDIO, AUDIO_FRAME, AUDIO_RATE, Recipe
from workers.media.sending import Sent


@dataclass(frozen=True)
class Tree:
    """What a viewer will be given, as read back from the store."""

    size: int
    """Bytes of all of it."""
    playlists: Mapping[str, MediaPlaylist]
    """By rendition."""

    @property
    def duration(self) -> float:
        return max(playlist.duration for playlist in self.playlists.values())


async def verify(store: Store, master: str, recipe: Recipe, sent: Mapping[str, Sent]) -> Tree:
    """Reads the tree of `master` back. Raises OutputIncomplete for anything missing, short or uneven."""
    folder = dirname(master)
    there = {info.key.removeprefix(f"{folder}/"): info.size for info in await store.list(f"{folder}/")}
    playlists = await read_tree(store, master)
    if set(playlists) != set(recipe.names):
        raise OutputIncomplete("The master playlist lacks a rendition.")
    for name, playlist in playlists.items():
        _check_files(name, playlist, there, sent)
        _check_frames(name, playlist, sent, _frame_seconds(name, recipe))
    if recipe.rungs:
        slack = 1.5 / float(min(rung.rate for rung in recipe.rungs))
        _check_alignment([playlists[rung.name] for rung in recipe.rungs], slack)
    return Tree(sum(there.values()), playlists)


async def read_tree(store: Store, master: str) -> dict[str, MediaPlaylist]:
    """The media playlists that the master playlist names, by rendition. Raises OutputIncomplete."""
    named = uris(await _text(store, master))
    try:
        return {dirname(uri): read_media(await _text(store, f"{dirname(master)}/{uri}")) for uri in named}
    except ValueError as error:
        raise OutputIncomplete("A playlist cannot be read back.") from error


def _check_files(
    name: str, playlist: MediaPlaylist, there: Mapping[str, int], sent: Mapping[str, Sent]
) -> None:
    if not playlist.ended or not playlist.segments or not playlist.init:
        raise OutputIncomplete(f"The playlist of {name} has no end.")
    for file in (playlist.init, *playlist.segments):
        path = f"{name}/{file}"
        if not there.get(path) or path not in sent or there[path] != sent[path].size:
            raise OutputIncomplete(f"{path} is missing or shorter than what was sent.")


def _check_frames(name: str, playlist: MediaPlaylist, sent: Mapping[str, Sent], frame: float) -> None:
    """Whether each segment lasts as long as its playlist says."""
    for file, seconds in zip(playlist.segments, playlist.seconds, strict=True):
        if abs(sent[f"{name}/{file}"].frames * frame - seconds) > 1.5 * frame:
            raise OutputIncomplete(f"{name}/{file} does not last {seconds} seconds.")


def _check_alignment(playlists: Sequence[MediaPlaylist], slack: float) -> None:
    """A player that changes quality must find a boundary there; at the end a slow rung may lack a frame."""
    first, *others = [playlist.boundaries for playlist in playlists]
    for other in others:
        apart = [abs(mine - its) for mine, its in zip(first, other, strict=False)]
        if len(other) != len(first) or max(apart[:-1], default=0) > 0.001 or apart[-1] > slack:
            raise OutputIncomplete("The renditions are not cut at the same times.")


def _frame_seconds(name: str, recipe: Recipe) -> float:
    if name == AUDIO:
        return AUDIO_FRAME / AUDIO_RATE
    return 1 / float(next(rung.rate for rung in recipe.rungs if rung.name == name))


async def _text(store: Store, key: str) -> str:
    try:
        return b"".join([block async for block in store.read(key)]).decode()
    except (ObjectMissing, UnicodeDecodeError) as error:
        raise OutputIncomplete(f"{key} cannot be read back.") from error
