"""The pages that people see: whole without scripts, which then add what moves."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pipeline.errors import Outage, VideoMissing
from pipeline.services import Services
from upload_api.addresses import reached_at
from upload_api.headers import PLAYER_POLICY
from upload_api.rendering import video_out
from upload_api.serving import Serving
from upload_api.sharing import head_of
from upload_api.shelf import Asked, Shelf, blank_tile, options, shelf_of, shown
from upload_api.status_page import refresh_while_it_changes, status_of
from upload_api.templates import Html, fill, page

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def home(serving: Serving, q: str = "", status: str = "", cursor: str = "") -> HTMLResponse:
    asked = Asked.of(q, status, cursor)
    try:
        listed = shown(await shelf_of(serving.ledger, asked))
    except Outage as error:
        listed = fill("list-away.html", message=error.message, hint=error.hint, code=error.code)
    main = fill(
        "home.html",
        words=asked.words,
        options=options(asked),
        list=listed,
        undo=_undo(serving),
        blank=blank_tile(),
        nothing_yet=shown(Shelf(Asked(), [], None)),
        nothing_found=shown(Shelf(Asked("?"), [], None)),
    )
    return page("Videos", main, policy=PLAYER_POLICY)


@router.api_route("/videos/{video_id}", methods=["GET", "HEAD"])
async def video_page(request: Request, video_id: str, serving: Serving) -> HTMLResponse:
    try:
        found = await serving.ledger.video(video_id)
    except VideoMissing:
        return page("No such video", fill("missing.html"), status=404)
    except Outage as error:
        body = fill("away.html", message=error.message, hint=error.hint, code=error.code)
        return page("One moment", body, status=503)
    video = video_out(*found)
    title = video.title or video.filename
    main = fill("video.html", id=video.id, title=title, undo=_undo(serving), **status_of(video))
    told = head_of(found[0], reached_at(request, serving.settings.api))
    return page(title, main, head=Html(refresh_while_it_changes(*found) + told), policy=PLAYER_POLICY)


def _undo(services: Services) -> str:
    """Seconds in which a deletion can be taken back."""
    return str(int(services.settings.api.undo.total_seconds()))
