"""Sends what a job made to the store, and looks there whether it came: an answer of 200 proves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.job import Job
from workers.media.boxes import BrokenBoxes, check_whole
from workers.media.errors import OutputIncomplete
from workers.media.together import together


@dataclass(frozen=True)
class Output:
    name: str
    """Below the job's own prefix."""
    content: Path | bytes
    content_type: str

    @property
    def size(self) -> int:
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)


def require_whole(made: Path) -> None:
    """An MP4 before it is sent. Raises OutputIncomplete where it was cut short."""
    try:
        check_whole(made)
    except BrokenBoxes as problem:
        raise OutputIncomplete(str(problem)) from problem


async def keep(job: Job, outputs: Sequence[Output]) -> None:
    """Raises OutputIncomplete where one is empty, or is not in the store with all of its bytes."""
    sizes = {job.key(one.name): one.size for one in outputs}
    for key, size in sizes.items():
        if not size:
            raise OutputIncomplete(f"{key} came out empty.")
    await together(job.store.put(job.key(one.name), one.content, one.content_type) for one in outputs)
    there = {info.key: info.size for info in await job.store.list(job.prefix)}
    for key, size in sizes.items():
        if there.get(key) != size:
            raise OutputIncomplete(f"{key} is missing or shorter than what was sent.")
