"""Sends an object of the store to a player: whole or one byte range, 304 where the client has it, HEAD."""

import hashlib
from collections.abc import AsyncIterator, Mapping

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from pipeline.errors import ObjectMissing
from pipeline.ports import ObjectInfo, Store
from upload_api.conditional import names
from upload_api.errors import MediaMissing
from upload_api.ranges import ByteRange, parse_range

_FOR_AN_HOUR = "private, max-age=3600, immutable"
"""What a key names never changes. But a video can be deleted: only the viewer's own cache may keep it."""


async def send_object(
    request: Request, store: Store, key: str, content_type: str, more: Mapping[str, str] | None = None
) -> Response:
    """`more` are headers besides. Raises MediaMissing, RangeNotSatisfiable, StoreAway."""
    found = await _look(store, key)
    headers = _headers(found) | {"Content-Type": content_type} | dict(more or {})
    if names(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    part = parse_range(_wanted(request, headers["ETag"]), found.size)
    return await _send(request, store, found, part, headers)


async def _look(store: Store, key: str) -> ObjectInfo:
    try:
        return await store.stat(key)
    except ObjectMissing as error:
        raise MediaMissing from error


def _headers(found: ObjectInfo) -> dict[str, str]:
    etag = hashlib.sha256(f"{found.key}:{found.size}".encode()).hexdigest()[:32]
    return {"ETag": f'"{etag}"', "Accept-Ranges": "bytes", "Cache-Control": _FOR_AN_HOUR}


def _wanted(request: Request, etag: str) -> str | None:
    """The range, unless the client has bytes of another version; that comparison is strong."""
    condition = request.headers.get("if-range")
    return request.headers.get("range") if condition in {None, etag} else None


async def _send(
    request: Request, store: Store, found: ObjectInfo, part: ByteRange | None, headers: dict[str, str]
) -> Response:
    part_headers = {"Content-Range": part.content_range} if part else {}
    start, length = (part.start, part.length) if part else (0, found.size)
    headers = headers | part_headers | {"Content-Length": str(length)}
    status = 206 if part else 200
    if request.method == "HEAD" or length == 0:
        return Response(status_code=status, headers=headers)
    blocks = store.read(found.key, start, length)
    first = await _first(blocks)  # a store that is away says so before the status is out
    return StreamingResponse(_chain(first, blocks), status, headers)


async def _first(blocks: AsyncIterator[bytes]) -> bytes:
    try:
        return await anext(blocks, b"")
    except ObjectMissing as error:
        raise MediaMissing from error


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Closes the store's answer as soon as the client has left, not when the garbage collector comes by."""
    try:
        yield first
        async for block in rest:
            yield block
    finally:
        close = getattr(rest, "aclose", None)
        if close is not None:
            await close()
