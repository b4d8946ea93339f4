"""GET /media/...: playlists, segments and pictures from the store on our own origin, with byte ranges.

A key carries the fence of the job that wrote it, so what it names never changes. But a video can be deleted:
only the viewer's own cache may keep it, and for an hour.
"""

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import PurePosixPath

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from pipeline.errors import ObjectMissing
from pipeline.ports import ObjectInfo, Store
from upload_api.conditional import names
from upload_api.documentation import problems
from upload_api.errors import MediaMissing
from upload_api.ranges import ByteRange, parse_range
from upload_api.serving import Serving

router = APIRouter(tags=["media"])

_KEY = re.compile(r"(?P<video>[0-9a-f-]{36})/\d+/[a-z][a-z0-9_-]*/\d+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
"""`<video>/<run>/<stage>/<fence>/<file>`: outputs only; the uploaded file has a shorter key."""
_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".ts": "video/mp2t",
    ".aac": "audio/aac",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}
_FOR_AN_HOUR = "private, max-age=3600, immutable"


@router.get(
    "/media/{path:path}",
    summary="A playlist, segment or picture",
    response_class=Response,
    responses={206: {"description": "The bytes asked for"}, **problems(404, 416, 503)},
)
async def get_media(request: Request, services: Serving, path: str) -> Response:
    video = _KEY.fullmatch(path)
    if video is None:
        raise MediaMissing
    await services.ledger.video(video["video"])
    found = await _look(services.store, path)
    headers = _headers(found)
    if names(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    part = parse_range(_wanted(request, headers["ETag"]), found.size)
    return await _send(request, services.store, found, part, headers)


@router.head("/media/{path:path}", include_in_schema=False)
async def head_media(request: Request, services: Serving, path: str) -> Response:
    return await get_media(request, services, path)


async def _look(store: Store, key: str) -> ObjectInfo:
    try:
        return await store.stat(key)
    except ObjectMissing as error:
        raise MediaMissing from error


def _headers(found: ObjectInfo) -> dict[str, str]:
    etag = hashlib.sha256(f"{found.key}:{found.size}".encode()).hexdigest()[:32]
    suffix = PurePosixPath(found.key).suffix.lower()
    return {
        "ETag": f'"{etag}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": _FOR_AN_HOUR,
        "Content-Type": _TYPES.get(suffix, "application/octet-stream"),
    }


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
