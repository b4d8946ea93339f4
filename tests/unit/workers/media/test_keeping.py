"""What a job made counts as sent once it is seen in the store."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.events import PreviewMade
from pipeline.ports import Bytes
from tests.media import content, job_for
from workers.media.errors import OutputIncomplete
from workers.media.keeping import Output, keep


class Forgetful(MemoryStore):
    """Says yes, and keeps all but the last byte."""

    async def put(self, key: str, data: Bytes | Path, content_type: str) -> None:
        await super().put(key, data, content_type)
        whole, info = self._objects[key]
        self._objects[key] = whole[:-1], replace(info, size=info.size - 1)


class Deaf(MemoryStore):
    """Says yes, and keeps nothing."""

    async def put(self, key: str, data: Bytes | Path, content_type: str) -> None:
        pass


async def test_what_came_is_there_under_the_jobs_own_prefix(tmp_path: Path) -> None:
    job = job_for(PreviewMade(preview=None), MemoryStore(), tmp_path, "preview")
    (job.scratch / "preview.mp4").write_bytes(b"moving")
    await keep(
        job, [Output("preview.mp4", job.scratch / "preview.mp4", "video/mp4"), Output("a", b"b", "c/d")]
    )
    assert await content(job.store, job.key("preview.mp4")) == b"moving"
    assert await content(job.store, job.key("a")) == b"b"


@pytest.mark.parametrize("store", [Forgetful(), Deaf()])
async def test_a_store_that_says_yes_and_has_less_is_not_believed(store: MemoryStore, tmp_path: Path) -> None:
    job = job_for(PreviewMade(preview=None), store, tmp_path, "preview")
    with pytest.raises(OutputIncomplete, match=r"preview\.mp4 is missing or shorter"):
        await keep(job, [Output("preview.mp4", b"moving", "video/mp4")])


async def test_nothing_empty_is_sent(tmp_path: Path) -> None:
    job = job_for(PreviewMade(preview=None), MemoryStore(), tmp_path, "preview")
    with pytest.raises(OutputIncomplete, match="empty"):
        await keep(job, [Output("preview.mp4", b"", "video/mp4")])
    assert not await job.store.list("")
