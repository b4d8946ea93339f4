"""A rendition as it lies in the store, and parts of it brought here as a file that ffmpeg can open."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import BinaryIO

from pipeline.errors import ObjectMissing
from pipeline.playlists import MediaPlaylist
from pipeline.ports import Store
from workers.media.boxes import BrokenBoxes, check_whole
from workers.media.errors import OutputIncomplete
from workers.media.verify import read_tree


@dataclass(frozen=True)
class Footage:
    store: Store
    folder: str
    """Of its playlist: what that names is below it, or beside it where chunks made the segments."""
    playlist: MediaPlaylist

    async def bring(self, segments: Iterable[int], file: Path) -> Path:
        """Its init segment and those segments, one after another: an MP4 by itself. Raises OutputIncomplete
        for one that is missing, empty or cut short by now: what is made of the rest would have a hole."""
        if self.playlist.init is None:
            raise OutputIncomplete(f"{self.folder} has no init segment.")
        with file.open("wb") as stream:
            for uri in (self.playlist.init, *(self.playlist.segments[number] for number in segments)):
                await self._append(normpath(join(self.folder, uri)), stream)
        try:
            check_whole(file)
        except BrokenBoxes as problem:
            raise OutputIncomplete(f"A segment below {self.folder} is cut short.") from problem
        return file

    async def _append(self, key: str, stream: BinaryIO) -> None:
        before = stream.tell()
        try:
            async for block in self.store.read(key):
                stream.write(block)
        except ObjectMissing as error:
            raise OutputIncomplete(f"{key} is missing.") from error
        if stream.tell() == before:
            raise OutputIncomplete(f"{key} is empty.")


async def open_tree(store: Store, master: str) -> dict[str, Footage]:
    """Every rendition of the master playlist, by name. Raises OutputIncomplete."""
    playlists = await read_tree(store, master)
    return {name: Footage(store, f"{dirname(master)}/{name}", one) for name, one in playlists.items()}
