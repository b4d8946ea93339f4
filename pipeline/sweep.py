"""The sweep: clears away what nobody will come back for, and wakes what nobody took up."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from pipeline import outbox
from pipeline.condition import LAST_SWEPT, SWEPT
from pipeline.deadletters import DeadLetterOffice
from pipeline.errors import ReelmillError
from pipeline.failpoints import reach
from pipeline.ledger import Ledger, Settled
from pipeline.ports import Bus, Store
from pipeline.settings import Settings
from pipeline.stage import Stage
from pipeline.topology import dead_queue, work_queue

T = TypeVar("T")
log = structlog.get_logger()
_FRESH_LOOK = 20
"""Every so many sweeps the dead queues are looked at even if they seem unchanged."""
_SILENCE_LEASES = 4
"""An event that nobody took up for so many leases is taken for lost, if its queue is empty."""


@dataclass(frozen=True)
class Sweep:
    bus: Bus
    store: Store
    ledger: Ledger
    stages: tuple[Stage, ...]
    settings: Settings
    _left: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    """How many letters each stage's dead queue held after the last look, and which the rows name."""
    _postponed: Counter[str] = field(default_factory=Counter)
    """What failed in this run, by code."""

    async def run(self, holder: str) -> None:
        """Every so often until cancelled; of several sweeps one works."""
        pause = self.settings.relay.sweep
        for sweeps in itertools.count(1):
            await asyncio.sleep(pause.total_seconds())
            if sweeps % _FRESH_LOOK == 0:
                self._left.clear()
            await self._each(lambda: self._when_held(holder, pause), "lease")

    async def once(self) -> dict[str, int]:
        """Everything, one after the other; what fails is logged and does not hold up the rest. Returns how
        much was done, by kind."""
        chores: dict[str, Callable[[], Awaitable[int]]] = {
            "uploads_discarded": self._abandoned_uploads,
            "videos_purged": self._deleted_videos,
            "outputs_removed": self._losing_outputs,
            "letters_settled": self._dead_letters,
            "events_sent_again": self._stuck_events,
            "rows_pruned": lambda: self.ledger.prune(self.settings.relay.keep),
        }
        self._postponed.clear()
        done = {name: await self._each(chore, name) for name, chore in chores.items()}
        if any(done.values()):
            log.info("swept", **{name: count for name, count in done.items() if count})
        await self._each(partial(self._report, done), "report")
        return done

    async def _report(self, done: Mapping[str, int]) -> int:
        """For whoever looks the installation over: that it ran, and what it last did."""
        told = {"done": dict(done), "postponed": dict(self._postponed)}
        await self.ledger.report(SWEPT, told)
        if any(done.values()):
            await self.ledger.report(LAST_SWEPT, told)
        return 0

    async def _when_held(self, holder: str, pause: timedelta) -> int:
        if await self.ledger.hold("sweep", holder, pause * 3):
            await self.once()
        return 0

    async def _each(self, chore: Callable[[], Awaitable[int]], name: str) -> int:
        try:
            return await chore()
        except ReelmillError as error:
            log.warning("sweep_postponed", chore=name, code=error.code, why=error.detail)
            self._postponed[error.code] += 1
            return 0

    async def _for_all(self, items: Iterable[T], chore: Callable[[T], Awaitable[int]]) -> int:
        """One that cannot be done does not hold up the others."""
        return sum(
            [await self._each(partial(chore, item), getattr(item, "name", str(item))) for item in items]
        )

    async def _abandoned_uploads(self) -> int:
        videos = await self.ledger.abandoned_uploads(self.settings.upload.abandoned_after)
        uploads = [(video.id, video.source, video.upload_id) for video in videos]
        return await self._for_all(uploads, self._discard)

    async def _discard(self, upload: tuple[str, str, str | None]) -> int:
        video_id, source, upload_id = upload
        if upload_id is not None:
            await self.store.abort_upload(source, upload_id)
        await self.store.delete(await self._keys(video_id))
        reach("sweep.after")
        await self.ledger.discard(video_id)
        return 1

    async def _deleted_videos(self) -> int:
        return await self._for_all(await self.ledger.purgeable(), self._purge)

    async def _purge(self, video_id: str) -> int:
        keys = await self._keys(video_id)
        await self.store.delete(keys)
        reach("sweep.after")
        await self.ledger.purged(video_id)
        return len(keys)

    async def _losing_outputs(self) -> int:
        listed: dict[str, list[str]] = {}

        async def look(video: Settled) -> int:
            listed[video.video_id] = await self._keys(video.video_id)
            return 0

        async def remove(video: Settled) -> int:
            return await self._remove_losing(video, listed[video.video_id])

        await self._for_all(await self.ledger.settled(), look)
        # Asked again: what was listed before cannot belong to a job that began after a replay.
        still = [video for video in await self.ledger.settled() if video.video_id in listed]
        return await self._for_all(still, remove)

    async def _remove_losing(self, video: Settled, keys: Sequence[str]) -> int:
        counting = (f"{video.video_id}/source", *video.kept)
        losing = [key for key in keys if not key.startswith(counting)]
        await self.store.delete(losing)
        reach("sweep.after")
        await self.ledger.swept(video)
        return len(losing)

    async def _dead_letters(self) -> int:
        return await self._for_all(self.stages, self._tidy)

    async def _tidy(self, stage: Stage) -> int:
        """When the queue or the rows are not as they were left: each look is a delivery of every letter."""
        if await self._letters(stage) == self._left.get(stage.name, (0, frozenset())):
            return 0
        settled = await DeadLetterOffice(self.bus, self.ledger, self.stages).tidy(stage)
        self._left[stage.name] = await self._letters(stage)
        return settled

    async def _letters(self, stage: Stage) -> tuple[int, frozenset[str]]:
        return await self.bus.depth(dead_queue(stage.name)), await self.ledger.dead_ids(stage.name)

    async def _stuck_events(self) -> int:
        return await self._for_all(self.stages, self._wake)

    async def _wake(self, stage: Stage) -> int:
        """Only when the stage's queue is empty: an event that merely waits its turn is not stuck."""
        if await self.bus.depth(work_queue(stage.name)) > 0:
            return 0
        stuck = await self.ledger.stuck([stage], self.settings.work.lease * _SILENCE_LEASES)
        await outbox.publish(self.bus, self.ledger, await self.ledger.add(stuck))
        return len(stuck)

    async def _keys(self, video_id: str) -> list[str]:
        return [info.key for info in await self.store.list(f"{video_id}/")]
