"""The two bodies an upload may come in, raw or a form, read alike: what it says of itself, then its bytes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from fastapi import Request
from starlette.requests import ClientDisconnect

from pipeline.settings import UploadSettings
from upload_api.errors import InvalidRequest, UploadBrokenOff, UploadGivenUp, UploadTooLarge
from upload_api.forms import FormReader, boundary_of

_ROOM_FOR_A_FORM = 1024**2
"""Bytes that a form may take beyond its file."""
_HELD_BACK = 256 * 1024
"""Bytes of a form's file that are held until the fields after it are known, outside the budget of memory."""


class Body(Protocol):
    @property
    def fields(self) -> Mapping[str, str]:
        """`filename`, `title`, `notify_url`, so far: a form may have some after its file."""

    @property
    def content_type(self) -> str | None:
        """Of the file."""

    @property
    def declared_length(self) -> int | None:
        """What Content-Length says; the file is most of it."""

    async def open(self) -> None:
        """Reads up to where the file begins, or the whole of a small form."""

    def file(self) -> AsyncIterator[bytes]:
        """The file's bytes, in blocks. Raises UploadBrokenOff, UploadGivenUp or UploadTooLarge."""


def body_of(request: Request, limits: UploadSettings) -> Body:
    """Raises UploadTooLarge when the body says so itself, or MalformedForm."""
    length = _declared_length(request)
    boundary = boundary_of(request.headers.get("content-type", ""))
    room = limits.max_bytes if boundary is None else limits.max_bytes + _ROOM_FOR_A_FORM
    if length is not None and length > room:
        raise too_large(limits.max_bytes)
    stream = _bounded(request, room, limits)
    if boundary is None:
        return _Raw(request, stream, length)
    return _Form(FormReader(boundary), stream, length, hold=min(limits.part_bytes, _HELD_BACK))


def too_large(max_bytes: int) -> UploadTooLarge:
    return UploadTooLarge(f"At most {max_bytes} bytes.")


class _Raw:
    def __init__(self, request: Request, stream: AsyncIterator[bytes], length: int | None) -> None:
        self.fields: Mapping[str, str] = request.query_params
        self.content_type = request.headers.get("content-type")
        self.declared_length = length
        self._stream = stream

    async def open(self) -> None:
        """There is nothing before the file."""

    def file(self) -> AsyncIterator[bytes]:
        return self._stream


class _Form:
    def __init__(
        self, reader: FormReader, stream: AsyncIterator[bytes], length: int | None, hold: int
    ) -> None:
        self.declared_length = length
        self._reader = reader
        self._blocks = reader.blocks(stream)
        self._hold = hold
        self._held = bytearray()

    @property
    def fields(self) -> Mapping[str, str]:
        return self._reader.fields

    @property
    def content_type(self) -> str | None:
        return self._reader.content_type

    async def open(self) -> None:
        """Holds the file's first part back, so that fields after a small file are known before it begins."""
        while len(self._held) < self._hold and (block := await anext(self._blocks, None)) is not None:
            self._held += block

    async def file(self) -> AsyncIterator[bytes]:
        if self._held:
            yield bytes(self._held)
            self._held.clear()
        async for block in self._blocks:
            yield block


async def _bounded(request: Request, room: int, limits: UploadSettings) -> AsyncIterator[bytes]:
    """Counts what comes: a body without a length, or with a wrong one, is stopped all the same."""
    stream, patience = request.stream(), limits.abandoned_after.total_seconds()
    while (block := await _next(stream, patience)) is not None:
        room -= len(block)
        if room < 0:
            raise too_large(limits.max_bytes)
        yield block


async def _next(stream: AsyncIterator[bytes], patience: float) -> bytes | None:
    """None at the end. Whoever is silent until the sweep takes the row would hold its connection for ever."""
    try:
        async with asyncio.timeout(patience):
            return await anext(stream, None)
    except ClientDisconnect as error:
        raise UploadBrokenOff from error
    except TimeoutError as error:
        raise UploadGivenUp from error


def _declared_length(request: Request) -> int | None:
    length = request.headers.get("content-length")
    if length is None:
        return None
    if not length.isdecimal():
        raise InvalidRequest("Content-Length is not a number.")
    return int(length)
