"""/v1/uploads: begins uploads that go on after any interruption, takes their bytes, says how far they are."""

import asyncio
from dataclasses import replace

import structlog
from fastapi import APIRouter, Request, Response

from pipeline.services import Services
from pipeline.uploading import Resumable
from upload_api.bodies import too_large
from upload_api.documentation import problems
from upload_api.errors import InvalidRequest
from upload_api.serving import Serving
from upload_api.telling import tell
from upload_api.tus import documentation as described
from upload_api.tus import ending
from upload_api.tus import headers as tus
from upload_api.tus.creation import creation_of, open_upload
from upload_api.tus.errors import LengthMismatch, OffsetMismatch
from upload_api.tus.hold import held, settled
from upload_api.tus.incoming import Incoming, Stop
from upload_api.tus.receiving import receive, undisturbed
from upload_api.under_way import under_way

log = structlog.get_logger()
router = APIRouter(prefix="/v1/uploads", tags=["resumable uploads"])


@router.options(
    "",
    status_code=204,
    summary="What of tus this server can do",
    responses=described.ABILITIES | problems(503),
)
@router.options("/{upload_id}", status_code=204, include_in_schema=False)
async def get_tus_abilities(services: Serving) -> Response:
    return Response(
        status_code=204,
        headers={
            "Tus-Version": tus.VERSION,
            "Tus-Extension": ",".join(tus.EXTENSIONS),
            "Tus-Max-Size": str(services.settings.upload.max_bytes),
            "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        },
    )


@router.post(
    "",
    status_code=201,
    summary="Begin a resumable upload",
    response_class=Response,
    responses=described.BEGUN | problems(400, 412, 413, 422, 503),
    openapi_extra=described.BEGINNING,
)
async def begin_resumable_upload(request: Request, services: Serving) -> Response:
    """`Location` is where its bytes go, and all that is needed to go on with it: keep it to yourself."""
    most = services.settings.upload.max_bytes
    return await begun(request, services, await open_upload(services, creation_of(request.headers, most)))


async def begun(request: Request, services: Services, upload: Resumable) -> Response:
    """With the first bytes, if they came along; but not again into one that was begun before."""
    log.info("upload_begun", video_id=upload.video_id, size=upload.length)
    if tus.has_bytes(request.headers):
        stop = Stop()
        async with held(services.ledger, upload.id, stop) as mine:
            first = mine.offset == 0 and not mine.accepted
            upload = await _take_in(request, services, mine, stop) if first else mine
    return Response(
        status_code=201, headers={"Location": f"/v1/uploads/{upload.id}"} | tus.describing(upload)
    )


@router.head(
    "/{upload_id}",
    summary="How far an upload is",
    response_class=Response,
    responses=described.PLACE | problems(404, 410, 412, 423, 503),
    openapi_extra=described.ASKING,
)
async def get_upload_offset(services: Serving, upload_id: str) -> Response:
    """A request that still writes to it is stopped first, and what it brought is counted."""
    upload = await settled(services.ledger, upload_id)
    length = {"Upload-Defer-Length": "1"} if upload.length is None else {"Upload-Length": str(upload.length)}
    said = {"Upload-Metadata": upload.said} if upload.said else {}
    return Response(headers=tus.describing(upload) | length | said)


@router.patch(
    "/{upload_id}",
    status_code=204,
    summary="Go on with an upload",
    response_class=Response,
    responses=described.TAKEN | problems(400, 404, 409, 410, 412, 413, 415, 422, 423, 460, 502, 503),
    openapi_extra=described.SENDING,
)
async def append_to_upload(request: Request, services: Serving, upload_id: str) -> Response:
    """Once the last byte is there, the video is accepted and processing begins."""
    tus.require_bytes(request.headers)
    offset = tus.number(request.headers, "upload-offset")
    if offset is None:
        raise InvalidRequest("Upload-Offset says where the bytes begin; it is missing.")
    stop = Stop()
    async with held(services.ledger, upload_id, stop) as before:
        if offset != before.offset:
            raise OffsetMismatch(f"It ends at {before.offset}.")
        upload = await _with_length(request, services, before)
        after = upload if upload.accepted else await _take_in(request, services, upload, stop)
    return Response(status_code=204, headers=tus.describing(after))


@router.delete(
    "/{upload_id}",
    status_code=204,
    summary="Give an upload up",
    responses=problems(404, 409, 410, 412, 423, 503),
    openapi_extra=described.ASKING,
)
async def end_upload(services: Serving, upload_id: str) -> None:
    """Nothing of it stays. One whose last byte has come is a video; delete that."""
    await ending.end(services, upload_id)


async def _with_length(request: Request, services: Services, upload: Resumable) -> Resumable:
    """Raises LengthMismatch, UploadTooLarge."""
    length = tus.number(request.headers, "upload-length")
    if length is not None and length != upload.length:
        upload = await _say_length(services, upload, length)
    coming = tus.number(request.headers, "content-length")
    if coming is not None and upload.length is not None and upload.offset + coming > upload.length:
        raise LengthMismatch(f"It would have {upload.offset + coming} of {upload.length} bytes.")
    return upload


async def _say_length(services: Services, upload: Resumable, length: int) -> Resumable:
    if upload.length is not None or length < max(upload.offset, 1):
        raise LengthMismatch(f"{length} bytes cannot be all of it.")
    if length > services.settings.upload.max_bytes:
        raise too_large(services.settings.upload.max_bytes)
    if (
        length == upload.offset
    ):  # in the database only acceptance says so: until then its client must come back
        return replace(upload, length=length)
    return await services.ledger.say_length(upload.id, upload.fence, length)


async def _take_in(request: Request, services: Services, upload: Resumable, stop: Stop) -> Resumable:
    checksum = tus.checksum(request.headers)
    await request.app.state.store_watch.require()
    patience = services.settings.upload.abandoned_after.total_seconds()
    incoming = Incoming(request.receive, stop, patience=patience)
    with structlog.contextvars.bound_contextvars(video_id=upload.video_id), under_way(request):
        receiving = receive(services, upload, incoming, request.app.state.memory, checksum, stop)
        try:
            upload, messages = await undisturbed(asyncio.create_task(receiving), stop)
        finally:
            await incoming.close()
        if upload.accepted:
            log.info("upload_accepted", size=upload.length, resumable=True)
        await tell(request, services, messages)
    return upload
