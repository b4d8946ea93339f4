"""/v1/direct-uploads: parts go from a browser straight to the store, by addresses that we sign."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response

from pipeline.direct import DirectUpload
from pipeline.ports import Store
from upload_api.direct_intake import DirectIntake
from upload_api.documentation import problems
from upload_api.errors import DirectUploadsOff
from upload_api.rendering import video_out
from upload_api.schemas import (
    DirectUploadOut,
    DirectUploadParts,
    NewDirectUpload,
    PartOut,
    PartsDone,
    VideoOut,
)
from upload_api.serving import Serving
from upload_api.telling import tell

log = structlog.get_logger()

_AT_ONCE = 100
"""Addresses of parts that come with a new upload."""


def _on(services: Serving) -> None:
    if not services.settings.upload.direct:
        raise DirectUploadsOff


router = APIRouter(prefix="/v1/direct-uploads", tags=["uploads"], dependencies=[Depends(_on)])


@router.post(
    "",
    status_code=201,
    summary="Begin an upload straight to the store",
    responses=problems(404, 413, 422, 503),
)
async def create_direct_upload(
    response: Response, services: Serving, wanted: NewDirectUpload
) -> DirectUploadOut:
    """For a backend. Each part is a PUT to its address; the answer's `ETag` is what `complete` needs."""
    response.headers["Cache-Control"] = "no-store"
    upload = await DirectIntake(services).begin(wanted)
    return DirectUploadOut(
        video_id=upload.video_id,
        part_bytes=upload.part_bytes,
        part_count=upload.parts,
        expires_at=upload.expires_at,
        parts=_parts(services.store, upload, 1, _AT_ONCE),
    )


@router.get("/{video_id}/parts", summary="Addresses of further parts", responses=problems(404, 422, 503))
async def list_direct_parts(
    response: Response,
    services: Serving,
    video_id: str,
    first: Annotated[int, Query(ge=1, le=10_000)] = 1,
    count: Annotated[int, Query(ge=1, le=1000)] = _AT_ONCE,
) -> DirectUploadParts:
    """Each is good for an hour: ask again for those that are too old."""
    response.headers["Cache-Control"] = "no-store"
    upload = await services.ledger.direct(video_id)
    return DirectUploadParts(parts=_parts(services.store, upload, first, count))


@router.post(
    "/{video_id}/complete",
    status_code=202,
    summary="All parts are in the store",
    responses=problems(404, 422, 502, 503),
)
async def complete_direct_upload(
    request: Request, services: Serving, video_id: str, done: PartsDone
) -> VideoOut:
    """Processing begins once this answers. Harmless to repeat."""
    with structlog.contextvars.bound_contextvars(video_id=video_id):
        messages = await DirectIntake(services).complete(video_id, done.etags)
        log.info("upload_accepted", direct=True)
        await tell(request, services, messages)
    return video_out(*await services.ledger.video(video_id))


@router.delete(
    "/{video_id}", status_code=204, summary="Give up an upload to the store", responses=problems(404, 503)
)
async def abort_direct_upload(services: Serving, video_id: str) -> None:
    """Parts that are there are removed."""
    await DirectIntake(services).give_up(video_id)


def _parts(store: Store, upload: DirectUpload, first: int, count: int) -> list[PartOut]:
    numbers = range(first, min(first + count, upload.parts + 1))
    return [
        PartOut(
            number=number,
            size=min(upload.part_bytes, upload.size - (number - 1) * upload.part_bytes),
            url=store.address_of_part(upload.source, upload.multipart, number),
        )
        for number in numbers
    ]
