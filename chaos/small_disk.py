"""A disk of some megabytes that can be filled to a byte's page: a tmpfs, which only root may mount."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / ".ballast"

    @property
    def free(self) -> int:
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize

    @property
    def used(self) -> int:
        disk = os.statvfs(self.folder)
        return (disk.f_blocks - disk.f_bavail) * disk.f_frsize

    def leave(self, room: int) -> None:
        """Fills it up to `room` bytes."""
        self.relieve()
        if (length := self.free - room) > 0:
            with self._ballast.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, length)

    def relieve(self) -> None:
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(size: int) -> Iterator[SmallDisk]:
    folder = Path(tempfile.mkdtemp(prefix="reelmill-disk-"))
    subprocess.run(("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)), check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)
        folder.rmdir()
