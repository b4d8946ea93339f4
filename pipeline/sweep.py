"""The sweep: clears away what nobody will come back for, and wakes what nobody took up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from pipeline import outbox
from pipeline.deadletters import DeadLetterOffice
from pipeline.errors import ReelmillError
from pipeline.ledger import Ledger
from pipeline.ports import Bus, Store
from pipeline.settings import Settings
from pipeline.stage import Stage
from pipeline.topology import work_queue

log = structlog.get_logger()
_SILENCE_LEASES = 4
"""An event that nobody took up for so many leases is taken for lost, if its queue is empty."""


@dataclass(frozen=True)
class Sweep:
    bus: Bus
    store: Store
    ledger: Ledger
    stages: tuple[Stage, ...]
    settings: Settings

    async def run(self, holder: str) -> None:
        """Every so often until cancelled; of several sweeps one works."""
        pause = self.settings.relay.sweep
        while True:
            await asyncio.sleep(pause.total_seconds())
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
        done = {name: await self._each(chore, name) for name, chore in chores.items()}
        if any(done.values()):
            log.info("swept", **{name: count for name, count in done.items() if count})
        return done

    async def _when_held(self, holder: str, pause: timedelta) -> int:
        if await self.ledger.hold("sweep", holder, pause * 3):
            await self.once()
        return 0

    async def _each(self, chore: Callable[[], Awaitable[int]], name: str) -> int:
        try:
            return await chore()
        except ReelmillError as error:
            log.warning("sweep_postponed", chore=name, code=error.code, why=error.detail)
            return 0

    async def _abandoned_uploads(self) -> int:
        videos = await self.ledger.abandoned_uploads(self.settings.upload.abandoned_after)
        for video in videos:
            if video.upload_id is not None:
                await self.store.abort_upload(video.source, video.upload_id)
            await self.store.delete(await self._keys(video.id))
            await self.ledger.discard(video.id)
        return len(videos)

    async def _deleted_videos(self) -> int:
        removed = 0
        for video_id in await self.ledger.purgeable():
            keys = await self._keys(video_id)
            await self.store.delete(keys)
            await self.ledger.purged(video_id)
            removed += len(keys)
        return removed

    async def _losing_outputs(self) -> int:
        since = self.settings.relay.sweep * 3
        listed = {video_id: await self._keys(video_id) for video_id, _ in await self.ledger.settled(since)}
        removed = 0
        # Asked again: what was there before cannot belong to a job that began after a replay.
        for video_id, kept in await self.ledger.settled(since):
            counting = (f"{video_id}/source", *kept)
            losing = [key for key in listed.get(video_id, []) if not key.startswith(counting)]
            await self.store.delete(losing)
            removed += len(losing)
        return removed

    async def _dead_letters(self) -> int:
        office = DeadLetterOffice(self.bus, self.ledger, self.stages)
        return sum([await office.tidy(stage) for stage in self.stages if await office.strays(stage)])

    async def _stuck_events(self) -> int:
        """Only of stages whose queue is empty: an event that merely waits its turn is not stuck."""
        idle = [stage for stage in self.stages if await self.bus.depth(work_queue(stage.name)) == 0]
        stuck = await self.ledger.stuck(idle, self.settings.work.lease * _SILENCE_LEASES)
        await outbox.publish(self.bus, self.ledger, await self.ledger.add(stuck))
        return len(stuck)

    async def _keys(self, video_id: str) -> list[str]:
        return [info.key for info in await self.store.list(f"{video_id}/")]
