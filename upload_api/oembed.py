"""GET /oembed: how to show a video's page inside another one, as oEmbed 1.0 has it."""

import re
from html import escape
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Query, Request

from pipeline.api_settings import ApiSettings
from pipeline.errors import VideoMissing
from pipeline.video import Video
from upload_api.addresses import reached_at
from upload_api.documentation import problems
from upload_api.errors import EmbedFormat
from upload_api.schemas import OEmbed
from upload_api.serving import Serving

router = APIRouter(tags=["media"])

_PAGE = re.compile(r"/(?:videos|embed)/([^/]+)/?")
_PICTURE = (640, 360)
_SOUND = (640, 240)
_LARGEST = 100_000
_ALLOWED = "autoplay; picture-in-picture"
"""Beside full screen, which has an attribute that older browsers know, too."""

_Side = Annotated[int, Query(ge=1, le=_LARGEST)]


@router.get("/oembed", summary="How to embed a video", responses=problems(404, 422, 501, 503))
async def get_oembed(
    request: Request,
    services: Serving,
    url: Annotated[str, Query(max_length=2000, description="Address of a video's page.")],
    maxwidth: _Side = _LARGEST,
    maxheight: _Side = _LARGEST,
    format: str = "json",  # noqa: A002  the protocol's name
) -> OEmbed:
    """Pages of videos name it in a `<link>`."""
    if format != "json":
        raise EmbedFormat
    video, _ = await services.ledger.video(_video_in(url, request, services.settings.api))
    width, height = fitted(*_size(video), maxwidth, maxheight)
    title = video.title or video.filename
    base = reached_at(request, services.settings.api)
    frame = _frame(f"{base}/embed/{quote(video.id)}", title, width, height)
    return OEmbed(title=title, provider_url=base, html=frame, width=width, height=height)


def fitted(width: int, height: int, most_wide: int, most_high: int) -> tuple[int, int]:
    """The same shape, no larger than asked for, and as wide as a column of text."""
    scale = min(_PICTURE[0] / max(width, 1), most_wide / max(width, 1), most_high / max(height, 1))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _video_in(url: str, request: Request, settings: ApiSettings) -> str:
    parts = urlsplit(url)
    ours = {request.url.netloc, urlsplit(settings.public_url or "").netloc}
    found = _PAGE.fullmatch(parts.path)
    if parts.scheme not in {"http", "https"} or parts.netloc not in ours or found is None:
        raise VideoMissing
    return found[1]


def _size(video: Video) -> tuple[int, int]:
    details: dict[str, Any] = video.details or {}
    picture = details.get("video")
    if details and not picture:
        return _SOUND
    width, height = (int((picture or {}).get(side) or 0) for side in ("width", "height"))
    return (width, height) if width and height else _PICTURE


def _frame(address: str, title: str, width: int, height: int) -> str:
    return (
        f'<iframe src="{escape(address)}" width="{width}" height="{height}" title="{escape(title)}" '
        f'allow="{_ALLOWED}" allowfullscreen loading="lazy" style="border:0"></iframe>'
    )
