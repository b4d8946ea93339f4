"""What an attempt says that finds its disk full: a small one of its own, in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.small_disk import SmallDisk, small_disk
from pipeline.errors import ScratchFull, ScratchTooSmall, StoreAway
from pipeline.scratch import attempt_folder
from tests.media import H264, make_clip, stored
from workers.media.errors import Damaged
from workers.media.probe import probe
from workers.media.remux import remux

SIZE = 16 * 1024**2


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(SIZE) as mounted:
        yield mounted


def test_while_it_is_full_no_failure_is_the_files_fault(disk: SmallDisk) -> None:
    disk.leave(4096)
    with pytest.raises(ScratchFull), attempt_folder(str(disk.folder), "transcode"):
        raise Damaged


def test_who_fills_it_alone_is_not_to_wait_for_others(disk: SmallDisk) -> None:
    with pytest.raises(ScratchTooSmall), attempt_folder(str(disk.folder), "download") as folder:
        (folder / "film.mp4").write_bytes(bytes(SIZE + 1))


def test_a_part_that_is_away_is_named_before_the_disk(disk: SmallDisk) -> None:
    disk.leave(4096)
    with pytest.raises(StoreAway), attempt_folder(str(disk.folder), "transcode"):
        raise StoreAway


async def test_a_copy_without_room_is_no_copy_that_the_container_does_not_take(
    disk: SmallDisk, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.ts", *H264, seconds=8, size="640x480")
    source = await probe(await stored(clip), "video/1/source")
    disk.leave(64 * 1024)
    with pytest.raises(ScratchFull):
        await remux(source, str(clip), disk.folder / "copy.mkv")
    disk.relieve()
    assert await remux(source, str(clip), disk.folder / "again.mkv") is not None
