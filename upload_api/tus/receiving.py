"""One request's bytes, from the connection into the upload; whatever ends it, what came before is kept."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from pipeline.errors import FenceLost, ReelmillError, UploadForgotten, UploadOver
from pipeline.ports import Message
from pipeline.services import Services
from pipeline.uploading import Resumable
from upload_api.bodies import too_large
from upload_api.errors import UploadBrokenOff
from upload_api.memory import Memory, Room
from upload_api.tus.errors import LengthMismatch, UploadInterrupted, UploadStalled, UploadTakenOver
from upload_api.tus.headers import Checksum
from upload_api.tus.incoming import Incoming, Stop
from upload_api.tus.staging import Staging
from upload_api.tus.writer import Writer

log = structlog.get_logger()

_LOOK_UP = 1.0
"""Seconds without a byte after which it is looked at whether others wait for the memory."""
_ENDINGS = (UploadBrokenOff, UploadStalled, UploadTakenOver, UploadOver, UploadInterrupted)


Received = tuple[Resumable, Sequence[Message]]
"""How far it is then, and what is to be published."""


async def receive(
    services: Services,
    upload: Resumable,
    incoming: Incoming,
    memory: Memory,
    checksum: Checksum | None,
    stop: Stop,
) -> Received:
    """Raises what ended it before its time."""
    room = Room(memory, upload.part_bytes)
    writer = Writer(services, upload, room, stop)
    most = services.settings.upload.max_bytes
    try:
        if checksum is None:
            await _straight(incoming, writer, most)
        else:
            await _checked(incoming, writer, Staging(services.store, upload, room, checksum, stop), most)
        return await _concluded(services, writer)
    except UploadForgotten:
        await writer.start_over()
        raise
    finally:
        await writer.close()


async def undisturbed(work: asyncio.Task[Received], stop: Stop) -> Received:
    """Waits for `work`. When the server stops, it is asked to end and waited for: a write that is cut off
    leaves open what is safe."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a coroutine runs in one
        stop.say(UploadInterrupted())
        await asyncio.gather(work, return_exceptions=True)
        task.uncancel()
        raise UploadInterrupted from error


async def _straight(incoming: Incoming, writer: Writer, most: int) -> None:
    try:
        while writer.missing != 0 and (block := await incoming.next(_LOOK_UP)) is not None:
            _limit(writer, len(block), most)
            await writer.add(block)
            if writer.missing != 0:  # what is whole is accepted, not kept
                await writer.tend()
    except _ENDINGS:
        with suppress(FenceLost, UploadOver):  # then it is not ours to keep
            await writer.keep()
        raise


async def _checked(incoming: Incoming, writer: Writer, staging: Staging, most: int) -> None:
    """All or nothing: of half of them nobody knows whether they are right."""
    try:
        while (block := await incoming.next(_LOOK_UP)) is not None:
            _limit(writer, staging.size + len(block), most)
            await staging.add(block)
            await staging.tend()
        async for block in staging.verified():
            await writer.add(block)
    finally:
        with suppress(ReelmillError):  # they go with the video's other leavings
            await staging.clear()


def _limit(writer: Writer, more: int, most: int) -> None:
    if writer.missing is not None and more > writer.missing:
        raise LengthMismatch("More bytes came than it was said to have.")
    if writer.end + more > most:
        raise too_large(most)


async def _concluded(services: Services, writer: Writer) -> Received:
    if writer.missing != 0:
        await writer.keep()
        return writer.upload, ()
    messages = await writer.finish()
    return (await services.ledger.resumable(writer.upload.id))[0], messages
