"""/v1/uploads/links/...: a browser that was given a link begins its one upload, without any key."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from pipeline.linking import LinkTerms
from pipeline.services import Services
from pipeline.uploading import NewUpload, Resumable
from upload_api.documentation import problems
from upload_api.errors import InvalidRequest, OriginNotAllowed
from upload_api.links import hashed
from upload_api.parts import part_size
from upload_api.serving import Serving
from upload_api.tus import documentation as described
from upload_api.tus.creation import creation_of
from upload_api.tus.routes import begun, get_tus_abilities

router = APIRouter(prefix="/v1/uploads/links", tags=["resumable uploads"])
router.add_api_route(
    "/{secret}", get_tus_abilities, methods=["OPTIONS"], status_code=204, include_in_schema=False
)


@router.post(
    "/{secret}",
    status_code=201,
    summary="Begin the upload of a link",
    response_class=Response,
    responses=described.BEGUN | problems(400, 403, 404, 410, 412, 413, 422, 503),
    openapi_extra=described.BEGINNING,
)
async def begin_linked_upload(request: Request, services: Serving, secret: str) -> Response:
    """As `POST /v1/uploads`, within the limits of the link. While its upload is under way, the same file gets
    the same upload again; after that the link is over."""
    terms = (await services.ledger.link(hashed(secret))).terms
    _require_site(request, terms)
    return await begun(request, services, await _open(request, services, secret, terms))


async def _open(request: Request, services: Services, secret: str, terms: LinkTerms) -> Resumable:
    limits = services.settings.upload
    creation = creation_of(request.headers, min(limits.max_bytes, terms.max_bytes or limits.max_bytes))
    if creation.length is None:
        raise InvalidRequest("An upload by a link says its Upload-Length at once.")
    return await services.ledger.open_by_link(
        hashed(secret),
        _on_terms(creation.new, terms),
        length=creation.length,
        part_bytes=part_size(limits, creation.length),
        said=creation.said,
        lifetime=limits.resumable_for,
    )


def _on_terms(new: NewUpload, terms: LinkTerms) -> NewUpload:
    """Whom to tell is never a browser's to say."""
    return replace(
        new,
        filename=terms.filename or new.filename,
        title=terms.title or new.title,
        notify_url=terms.notify_url,
    )


def _require_site(request: Request, terms: LinkTerms) -> None:
    """Programs name no site. Raises OriginNotAllowed."""
    origin = request.headers.get("origin", "").lower()
    if origin and terms.origin and origin != terms.origin:
        raise OriginNotAllowed(f"This link is for pages of {terms.origin}.")
