"""One reader of the database for all streams of this process, at work only while somebody listens. It renders
each video that changed once, and puts the same bytes into every stream's mailbox."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from itertools import islice

import structlog
from pydantic import ValidationError

from pipeline.changes import Changes
from pipeline.errors import Outage
from pipeline.video import VideoStatus
from upload_api.frames import gone_frame, video_frame
from upload_api.mailbox import Mailbox
from upload_api.rendering import video_out

log = structlog.get_logger()

PAUSE = 0.5
"""Seconds between two looks: with the time that a look takes, whoever follows is told within a second."""
_OUTAGE_PAUSE = 2.0
MOST = 2000
"""Streams of a process, each with a connection and a mailbox."""
_AT_ONCE = 100
"""Videos read and rendered without letting anything else run."""


class Fanout:
    def __init__(self, ledger: Callable[[], Changes], *, pause: float = PAUSE, most: int = MOST) -> None:
        self._ledger = ledger
        self._pause = pause
        self._most = most
        self._boxes: set[Mailbox] = set()
        self._reader: asyncio.Task[None] | None = None
        self._closed = False
        self._begin_anew()

    def is_full(self) -> bool:
        return len(self._boxes) >= self._most

    def reads(self) -> bool:
        return self._reader is not None

    @contextmanager
    def listening(self, box: Mailbox) -> Iterator[None]:
        self._boxes.add(box)
        if self._closed:
            box.close()
        elif self._reader is None:
            self._reader = asyncio.create_task(self._read())
        try:
            yield
        finally:
            self._boxes.discard(box)
            if not self._boxes:
                self._rest()

    def close(self) -> None:
        """Every stream ends, those to come too."""
        self._closed = True
        self._rest()
        for box in self._boxes:
            box.close()

    def _rest(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        self._reader = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._mark: datetime | None = None
        self._told: dict[str, bytes] = {}
        """What was last put in, of the videos that the last look found: looks overlap."""
        self._uploading: set[str] = set()
        """An upload that comes to nothing leaves no trace that could be found."""

    async def _read(self) -> None:
        """However long the database is away, and whatever else is the matter: the streams stay."""
        away = False
        while True:
            try:
                await self._look()
                away = False
            except Outage as error:
                if not away:
                    log.warning("changes_not_read", code=error.code, why=error.detail)
                away = True
            except Exception:
                log.exception("changes_not_read")
                away = True
            await asyncio.sleep(_OUTAGE_PAUSE if away else self._pause)

    async def _look(self) -> None:
        resuming = {box for box in self._boxes if box.since is not None}
        marks = [box.since for box in resuming if box.since] + [self._mark] * bool(self._mark)
        changed = await self._ledger().changed(min((mark for mark in marks if mark), default=None))
        told: dict[str, bytes] = {}
        ids = iter(changed.ids | self._uploading)
        while some := list(islice(ids, _AT_ONCE)):
            for video_id, frame in (await self._frames(some)).items():
                told[video_id] = blake2b(frame, digest_size=16).digest()
                is_new = told[video_id] != self._told.get(video_id)
                for box in self._boxes if is_new else resuming & self._boxes:
                    box.put(video_id, frame)
        self._told, self._mark = told, changed.mark
        for box in self._boxes:
            box.since = None if box in resuming else box.since
            box.mark = changed.mark if box.since is None else box.mark

    async def _frames(self, ids: Collection[str]) -> dict[str, bytes]:
        frames = {video_id: gone_frame(video_id) for video_id in ids}
        found = await self._ledger().videos(ids)
        self._uploading.difference_update(ids)
        for video, steps in found:
            try:
                frames[video.id] = video_frame(video_out(video, steps))
            except ValidationError:  # a state of a release to come: nobody else's video waits for it
                log.exception("change_not_shown", video=video.id)
                del frames[video.id]
            if video.status == VideoStatus.UPLOADING:
                self._uploading.add(video.id)
        return frames
