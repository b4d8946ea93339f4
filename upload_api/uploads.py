"""POST /v1/videos: takes a video in, as a form or as the raw body."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Request, Response

from pipeline.services import Services
from pipeline.video import Video
from upload_api.bodies import body_of
from upload_api.documentation import UPLOAD_BODIES, UPLOAD_PARAMETERS, problems
from upload_api.fields import new_upload
from upload_api.intake import Intake
from upload_api.rendering import video_out
from upload_api.schemas import VideoOut
from upload_api.serving import Serving
from upload_api.telling import tell
from upload_api.under_way import under_way

log = structlog.get_logger()
router = APIRouter(prefix="/v1", tags=["videos"])

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=255, description="Makes a repeat harmless."),
]


@router.post(
    "/videos",
    status_code=202,
    summary="Upload a video",
    response_model=VideoOut,
    responses=problems(400, 409, 413, 422, 502, 503),
    openapi_extra={"requestBody": UPLOAD_BODIES, "parameters": UPLOAD_PARAMETERS},
)
async def upload_video(request: Request, services: Serving, key: Key = None) -> Response:
    """Send a form with a part called `file`, or the file itself as the body. Processing begins once this
    answers: the address in `Location` tells how far it is. An `Idempotency-Key` makes a repeat harmless."""
    body = body_of(request, services.settings.upload)
    await body.open()
    new = new_upload(
        body.fields,
        content_type=body.content_type,
        declared_length=body.declared_length,
        idempotency_key=key,
    )
    begun = await services.ledger.begin(new)
    if begun.repeated:
        return await _answer(request, services, begun.video, {"Idempotent-Replay": "true"})
    with structlog.contextvars.bound_contextvars(video_id=begun.video.id), under_way(request):
        state = request.app.state
        messages = await Intake(services, begun.video, body, state.memory, state.store_watch).take(new)
        log.info("upload_accepted", filename=new.filename, content_type=new.content_type)
        await tell(request, services, messages)
    return await _answer(request, services, begun.video, {})


async def _answer(request: Request, services: Services, video: Video, headers: dict[str, str]) -> Response:
    shown = video_out(*await services.ledger.video(video.id))
    if "text/html" in request.headers.get("accept", ""):  # the page's form, sent by a browser without scripts
        return Response(status_code=303, headers={"Location": shown.links.page})
    headers = {"Location": shown.links.self, "Retry-After": "1", "Cache-Control": "no-store"} | headers
    return Response(shown.model_dump_json(), 202, headers, media_type="application/json")
