"""One failpoint: uploads flow while a process dies there again and again; then what is left is looked at."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine
from sqlmodel import Session, col, func, select

from chaos.mortal import Mortal
from chaos.persistent import PART, PersistentClient
from cli.local.ports import pick_free
from pipeline.adapters.database.tables import EventRow, InboxRow, UploadRow
from pipeline.adapters.store import S3Store
from pipeline.settings import Settings
from pipeline.video import Step, Video
from tests.integration.modules import environment_of

IN_A_WORKER = (
    "claim.after",
    "announce.after",
    "handler.after",
    "commit.after",
    "confirm.after",
    "publish.after",
    "ack.after",
)
IN_AN_ENCODER = ("segment.after", "master.before")
IN_THE_API = ("accept.before", "accept.after")
IN_A_RESUMED_UPLOAD = ("part.after", "tail.after", "advance.after")
IN_A_REPLAY = ("replay.after",)
IN_THE_SWEEP = ("sweep.after",)
_SECONDS = 240
"""For a point, on a busy machine."""
_SWEEPS = 3.5
"""Seconds in which the sweep comes by twice: what nobody names is to be gone by then."""
_BATCH = 4
_POISON = "poison"
_STEPS = ("transcode", "thumbnail", "metadata", "notify", "storyboard", "preview")
"""The stand-ins make the first four."""
_ONCE = (  # a notice of what failed and one of what became ready are two
    "video.uploaded",
    "video.planned",
    "video.transcoded",
    "video.metadata_extracted",
    "video.user_notified",
)


@dataclass
class Killed:
    point: str
    died: int = 0
    videos: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


async def killed_at(point: str, deaths: int, settings: Settings, clip: Path) -> Killed:
    began = time.monotonic()
    killing = _Killing(point, deaths, settings, clip)
    try:
        async with asyncio.timeout(_SECONDS):
            await killing.run()
    except TimeoutError:
        killing.told.wrong.append(f"not over after {_SECONDS} s: {killing.unsettled()}")
    killing.told.seconds = time.monotonic() - began
    return killing.told


class _Killing:
    def __init__(self, point: str, deaths: int, settings: Settings, clip: Path) -> None:
        self.told = Killed(point)
        self._point = point
        self._deaths = deaths
        self._settings = settings
        self._engine = create_engine(settings.database.url)
        self._port = pick_free(["api"])["api"]
        self._poison = clip.with_name(_POISON)
        self._videos: list[str] = []
        self._steps = _STEPS if point in IN_AN_ENCODER else _STEPS[:4]
        self._client = PersistentClient(self._port, clip)

    async def run(self) -> None:
        mortals = self._mortals()
        victim = next(one for one in mortals if one.is_armed)
        keepers = [asyncio.create_task(mortal.keep()) for mortal in mortals]
        try:
            await self._client.ready()
            await self._hurt(victim)
            while victim.is_armed or self.unsettled():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.1)
            await asyncio.sleep(_SWEEPS)
            self.told.wrong += [*await asyncio.to_thread(self._faults), *await self._left_over()]
        finally:
            self.told.died, self.told.videos = victim.died, len(self._videos)
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            self.told.wrong += [
                f"a process ended with {mortal.other_ends}" for mortal in mortals if mortal.other_ends[:-1]
            ]
            await self._client.close()
            self._engine.dispose()

    def unsettled(self) -> list[str]:
        """Videos that are not ready or not purged, and what is not published."""
        with Session(self._engine) as session:
            of_it = (col(Step.video_id) == col(Video.id), col(Step.stage).in_(self._steps))
            open_steps = select(Step).where(*of_it, Step.state != "done").exists()
            waiting = (col(Video.status) != "ready") | open_steps
            unpublished = select(EventRow.id).where(col(EventRow.published_at).is_(None))
            living = select(Video.id).where(col(Video.id).in_(self._videos) & waiting)
            purged = col(Video.deleted_at).is_(None) | col(Video.purged_at).is_not(None)
            deleted = select(Video.id).where(~purged)
            return [*session.exec(living), *session.exec(unpublished), *session.exec(deleted)]

    def _mortals(self) -> list[Mortal]:
        environment = environment_of(self._settings) | {
            "REELMILL_API__PORT": str(self._port),
            "REELMILL_API__UNDO": "PT0S",
            "REELMILL_UPLOAD__PART_BYTES": str(PART),
            "REELMILL_WORK__MAX_CRASHES": "1000",
            "REELMILL_LOG_LEVEL": "critical",
            "CHAOS_JOB_SECONDS": "0.05",
            "CHAOS_POISON": str(self._poison),
        }
        worker = ("workers", [*_STEPS]) if self._point in IN_AN_ENCODER else ("chaos.slow_worker", [])
        kinds = {"worker": worker, "api": ("upload_api", []), "relay": ("workers", ["relay"])}
        return [
            Mortal(module, words, environment, self._point, self._deaths if kind == self._dies else 0)
            for kind, (module, words) in kinds.items()
        ]

    @property
    def _dies(self) -> str:
        if self._point in (*IN_THE_API, *IN_A_RESUMED_UPLOAD, *IN_A_REPLAY):
            return "api"
        return "relay" if self._point in IN_THE_SWEEP else "worker"

    async def _hurt(self, victim: Mortal) -> None:
        if self._point in IN_A_RESUMED_UPLOAD:
            await self._resume(victim)
        elif self._point in IN_A_REPLAY:
            await self._replay()
        elif self._point in IN_THE_SWEEP:
            await self._delete(victim)
        elif self._point in IN_THE_API:
            while victim.is_armed:  # one death may keep two uploads from coming there
                self._videos += await self._client.send_many(_BATCH, f"{self._point}-{len(self._videos)}")
        else:
            self._videos += await self._client.send_many(max(_BATCH, self._deaths // 2), self._point)

    async def _resume(self, victim: Mortal) -> None:
        """A new upload for each death, for the old one is held for a while; then all of them go on."""
        begun: list[str] = []
        while victim.is_armed:
            begun.append(await self._client.begin(len(begun)))
            await self._client.send_a_part_and_more(begun[-1])
        await asyncio.gather(*(self._client.send_the_rest(upload) for upload in begun))
        with Session(self._engine) as session:
            names = [upload.rpartition("/")[2] for upload in begun]
            self._videos += session.exec(select(UploadRow.video_id).where(col(UploadRow.id).in_(names)))

    async def _replay(self) -> None:
        self._poison.touch()
        self._videos += await self._client.send_many(self._deaths, _POISON)
        letters = await self._client.letters(len(self._videos))
        self._poison.unlink()
        for letter in letters:
            await self._client.replay(letter)

    async def _delete(self, victim: Mortal) -> None:
        """One at a time: a sweep clears all away that it finds."""
        while victim.is_armed:
            died = victim.died
            await self._client.delete(await self._client.send(f"deleted-{died}"))
            while victim.died == died:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)

    def _faults(self) -> Iterator[str]:
        """What happened twice, or counted as a failure."""
        with Session(self._engine) as session:
            living = select(func.count()).select_from(Video).where(col(Video.deleted_at).is_(None))
            if (known := session.exec(living).one()) != len(set(self._videos)):
                yield f"{known} videos for {len(set(self._videos))} uploads"
            told = session.exec(select(EventRow).where(EventRow.kind == "event")).all()
            count = Counter(
                (row.type, json.loads(row.body)["data"].get("about", ""), row.video_id)
                for row in told
                if (row.type or "").startswith(_ONCE)
            )
            for (kind, about, video), many in count.items():
                if many > 1:
                    yield f"{kind} {about} of {video} was told {many} times"
            spent = select(InboxRow).where(InboxRow.failures > 0, InboxRow.state != "replayed")
            for row in session.exec(spent):
                yield f"{row.stage} of {row.video_id} spent {row.failures} attempts"

    async def _left_over(self) -> list[str]:
        store = S3Store(self._settings.store)
        try:
            keys = [info.key for info in await store.list("")]
        finally:
            store.close()
        return [f"{key} belongs to no video" for key in keys if key.partition("/")[0] not in self._videos]
