"""GET /embed/{id}: a page with nothing but the player, for the frames of other sites."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pipeline.errors import Outage, VideoMissing
from pipeline.services import Services
from upload_api.addresses import reached_at
from upload_api.headers import embed_policy
from upload_api.serving import Serving
from upload_api.sharing import head_of
from upload_api.templates import Html, fill

router = APIRouter(include_in_schema=False)

_NOTHING = Html()
_MOMENT = "One moment \N{HORIZONTAL ELLIPSIS}"
_MISSING = "There is no such video. The link may be mistyped, or the video was deleted."


@router.api_route("/embed/{video_id}", methods=["GET", "HEAD"])
async def embed_page(request: Request, video_id: str, services: Serving) -> HTMLResponse:
    try:
        video, _ = await services.ledger.video(video_id)
    except VideoMissing:
        return _page(services, "No such video", _MISSING, status=404)
    except Outage as error:
        return _page(services, "One moment", f"{error.message} {error.hint}", status=503)
    head = head_of(video, reached_at(request, services.settings.api))
    return _page(services, video.title or video.filename, _MOMENT, video_id=video.id, head=head)


def _page(
    services: Services,
    title: str,
    words: str,
    *,
    video_id: str = "",
    head: Html = _NOTHING,
    status: int = 200,
) -> HTMLResponse:
    """Its script has nothing to do where there is no id."""
    filled = fill("embed.html", title=title, words=words, id=video_id, head=head)
    policy = embed_policy(services.settings.api.embed_on)
    return HTMLResponse(filled, status, {"Cache-Control": "no-cache", "Content-Security-Policy": policy})
