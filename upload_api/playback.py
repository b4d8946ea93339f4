"""GET /media/...: playlists, segments, pictures, and uploads that browsers play, on our own origin."""

import re
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Request, Response

from upload_api.documentation import problems
from upload_api.errors import MediaMissing
from upload_api.objects import send_object
from upload_api.serving import Serving
from upload_api.watchable import original_of

router = APIRouter(tags=["media"])

_KEY = re.compile(r"(?P<video>[0-9a-f-]{36})/\d+/[a-z][a-z0-9_-]*/\d+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
"""`<video>/<run>/<step>/<fence>/<file>`: outputs only. The uploaded file has a shorter key, and its copy
with an index lies in a folder that begins with a dot."""
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
_INLINE = {"Content-Disposition": "inline", "Cross-Origin-Resource-Policy": "same-origin"}
"""Shown in the player, not saved; and in no other site's page."""
_ASKS_AGAIN = {"Cache-Control": "private, no-cache"}
"""Its address stays while whether it may be shown does not: a video is cancelled, or refused after all."""
_PARTS: dict[int | str, dict[str, Any]] = {206: {"description": "The bytes asked for"}}


@router.get(
    "/media/{video_id}/original",
    summary="The upload, where browsers play it as it is",
    response_class=Response,
    responses={**_PARTS, **problems(404, 416, 503)},
)
async def get_original(request: Request, services: Serving, video_id: str) -> Response:
    """Only where `playback.original` names it: nothing else of what people upload is ever served."""
    video, _ = await services.ledger.video(video_id)
    original = original_of(video)
    if original is None:
        raise MediaMissing
    return await send_object(
        request, services.store, original.key, original.content_type, _INLINE | _ASKS_AGAIN
    )


@router.head("/media/{video_id}/original", include_in_schema=False)
async def head_original(request: Request, services: Serving, video_id: str) -> Response:
    return await get_original(request, services, video_id)


@router.get(
    "/media/{path:path}",
    summary="A playlist, segment or picture",
    response_class=Response,
    responses={**_PARTS, **problems(404, 416, 503)},
)
async def get_media(request: Request, services: Serving, path: str) -> Response:
    video = _KEY.fullmatch(path)
    if video is None:
        raise MediaMissing
    await services.ledger.video(video["video"])
    suffix = PurePosixPath(path).suffix.lower()
    return await send_object(request, services.store, path, _TYPES.get(suffix, "application/octet-stream"))


@router.head("/media/{path:path}", include_in_schema=False)
async def head_media(request: Request, services: Serving, path: str) -> Response:
    return await get_media(request, services, path)
