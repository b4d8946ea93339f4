"""Holding an upload: one request at a time writes to it, over all processes, and the newest one wins."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from time import monotonic

import structlog

from pipeline.errors import DatabaseAway, FenceLost, ReelmillError, UploadOver
from pipeline.uploading import Resumable, Resumables
from upload_api.tus.errors import UploadHeld, UploadTakenOver
from upload_api.tus.incoming import Stop

log = structlog.get_logger()

_LEASE = timedelta(seconds=10)
"""After so long somebody else may go on with the upload of a process that died."""
_BEAT = 1.0
"""Seconds between looks at whether somebody else asks for the upload; the lease is renewed with each."""
_LOOK_AGAIN = (0.1, 0.1, 0.2, 0.5)
"""Seconds between looks at whether it is free by now; the last of them from then on."""
_PATIENCE = 15.0
"""Seconds to wait for whoever holds it: longer than its lease, should it have died."""


@asynccontextmanager
async def held(uploads: Resumables, upload_id: str, stop: Stop) -> AsyncIterator[Resumable]:
    """The upload, for as long as nobody else asks for it: then `stop` is said. One that is accepted is not
    held. Raises UploadMissing, UploadOver, UploadHeld."""
    upload = await _taken(uploads, upload_id)
    if upload.accepted:
        yield upload
        return
    beats = asyncio.create_task(_beat(uploads, upload, stop))
    try:
        yield upload
    except FenceLost as error:
        raise UploadTakenOver from error
    finally:
        beats.cancel()
        with suppress(ReelmillError):  # its lease runs out
            await uploads.let_go(upload.id, upload.fence)


async def settled(uploads: Resumables, upload_id: str) -> Resumable:
    """As it is once nobody writes to it: whoever asks goes on with it on a new connection, and the old one
    may not have noticed yet that it is dead."""
    upload, busy = await uploads.resumable(upload_id)
    if not busy:
        return upload
    async with held(uploads, upload_id, Stop()) as upload:
        return upload


async def _taken(uploads: Resumables, upload_id: str) -> Resumable:
    """Asks for it once and then only looks: many who wait would keep the database from everybody else."""
    until = monotonic() + _PATIENCE
    while (upload := await uploads.take(upload_id, _LEASE)) is None:
        await _freed(uploads, upload_id, until)
    return upload


async def _freed(uploads: Resumables, upload_id: str, until: float) -> None:
    """Raises UploadHeld."""
    for pause in itertools.chain(_LOOK_AGAIN, itertools.repeat(_LOOK_AGAIN[-1])):
        if monotonic() > until:
            raise UploadHeld
        await asyncio.sleep(pause)
        if not (await uploads.resumable(upload_id))[1]:
            return


async def _beat(uploads: Resumables, upload: Resumable, stop: Stop) -> None:
    while True:
        await asyncio.sleep(_BEAT)
        try:
            if not await uploads.keep(upload.id, upload.fence, _LEASE):
                stop.say(UploadTakenOver())
        except FenceLost:
            stop.say(UploadTakenOver())
        except UploadOver as error:
            stop.say(error)
        except DatabaseAway as error:  # nobody can take it meanwhile; the bytes may go on
            log.warning("upload_not_kept", upload=upload.id[:8], code=error.code)
