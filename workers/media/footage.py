"""A rendition as it lies in the store, and parts of it brought here as a file that ffmpeg can open."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath

from pipeline.playlists import MediaPlaylist
from pipeline.ports import Store
from workers.media.errors import OutputIncomplete
from workers.media.verify import read_tree


@dataclass(frozen=True)
class Footage:
    store: Store
    folder: str
    """Of its playlist: what that names is below it, or beside it where chunks made the segments."""
    playlist: MediaPlaylist

    async def bring(self, segments: Iterable[int], file: Path) -> Path:
        """Its init segment and those segments, one after another: an MP4 by itself."""
        if self.playlist.init is None:
            raise OutputIncomplete(f"{self.folder} has no init segment.")
        with file.open("wb") as stream:
            for uri in (self.playlist.init, *(self.playlist.segments[number] for number in segments)):
                async for block in self.store.read(normpath(join(self.folder, uri))):
                    stream.write(block)
        return file


async def open_tree(store: Store, master: str) -> dict[str, Footage]:
    """Every rendition of the master playlist, by name. Raises OutputIncomplete."""
    playlists = await read_tree(store, master)
    return {name: Footage(store, f"{dirname(master)}/{name}", one) for name, one in playlists.items()}
