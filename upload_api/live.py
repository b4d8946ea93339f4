"""GET /v1/videos/{id}/live/...: playlists of what is there of a video by now, composed each time anew."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from pipeline import growth as growing
from pipeline.chunks import Growth
from pipeline.playlists import CONTENT_TYPE, MediaPlaylist, write_media
from pipeline.services import Services
from pipeline.video import Video, VideoStatus
from upload_api.conditional import conditional
from upload_api.documentation import problems
from upload_api.errors import MediaMissing
from upload_api.serving import Serving
from upload_api.watchable import is_live

router = APIRouter(prefix="/v1/videos/{video_id}/live", tags=["media"])

_CHANGES = {"Cache-Control": "no-store"}
"""Whoever gets an old one stalls."""
_WHOLE = {"Cache-Control": "private, no-cache"}
"""It changes no more, but a video can be deleted."""


@router.get(
    "/master.m3u8",
    summary="Master playlist of a video that grows",
    response_class=Response,
    responses=problems(404, 503),
)
async def get_live_master(request: Request, services: Serving, video_id: str) -> Response:
    """One quality and the sound, while the others are made. `playback.live` has its address once it plays."""
    _, growth = await _growth(services, video_id)
    master = growing.live_master(growth)
    if master is None:
        raise MediaMissing
    return conditional(request, master, CONTENT_TYPE, _CHANGES)


@router.get(
    "/{name}.m3u8",
    summary="Media playlist that grows",
    response_class=Response,
    responses=problems(404, 503),
)
async def get_live_playlist(request: Request, services: Serving, video_id: str, name: str) -> Response:
    """What is there without a gap, from the head on; ask again until it has an EXT-X-ENDLIST."""
    video, growth = await _growth(services, video_id, of=name)
    playlist = growing.media_playlist(growth, name, live=video.status == VideoStatus.PROCESSING)
    if not playlist.segments:
        raise MediaMissing
    text = write_media(_on_our_origin(playlist), growing=True)
    return conditional(request, text, CONTENT_TYPE, _WHOLE if playlist.ended else _CHANGES)


@router.head("/{name}.m3u8", include_in_schema=False)
async def head_playlist(request: Request, services: Serving, video_id: str, name: str) -> Response:
    if name == "master":
        return await get_live_master(request, services, video_id)
    return await get_live_playlist(request, services, video_id, name)


async def _growth(services: Services, video_id: str, of: str | None = None) -> tuple[Video, Growth]:
    video, _ = await services.ledger.video(video_id)
    growth = await services.ledger.growth(video_id, of=of) if is_live(video) else None
    if growth is None:
        raise MediaMissing
    return video, growth


def _on_our_origin(playlist: MediaPlaylist) -> MediaPlaylist:
    return replace(
        playlist,
        init=playlist.init and f"/media/{playlist.init}",
        inits=tuple((index, f"/media/{key}") for index, key in playlist.inits),
        segments=tuple(f"/media/{key}" for key in playlist.segments),
    )
