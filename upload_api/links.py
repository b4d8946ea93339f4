"""POST /v1/upload-links: a backend gets an address with which a browser can begin one upload."""

import hashlib
import secrets
from datetime import timedelta

from fastapi import APIRouter, Request, Response

from pipeline.linking import LinkTerms
from upload_api.addresses import reached_at
from upload_api.documentation import problems
from upload_api.fields import clean_filename, clean_notify_url, clean_title
from upload_api.schemas import NewUploadLink, UploadLinkOut
from upload_api.serving import Serving

router = APIRouter(prefix="/v1", tags=["uploads"])

_SECRET_BYTES = 32


@router.post(
    "/upload-links",
    status_code=201,
    summary="Make a link for one upload",
    responses=problems(422, 503),
)
async def create_upload_link(
    request: Request, response: Response, services: Serving, wanted: NewUploadLink
) -> UploadLinkOut:
    """For a backend, with the key. A browser that is given `url` uploads one file with any tus client, and
    needs no key; the video gets the id that is answered here."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    lifetime = timedelta(seconds=wanted.expires_in)
    link = await services.ledger.make_link(hashed(secret), _terms(wanted), lifetime)
    response.headers["Cache-Control"] = "no-store"
    return UploadLinkOut(
        url=f"{reached_at(request, services.settings.api)}/v1/uploads/links/{secret}",
        video_id=link.video_id,
        expires_at=link.expires_at,
    )


def hashed(secret: str) -> str:
    """It has 256 random bits: nothing slower than one hash is needed to keep it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _terms(wanted: NewUploadLink) -> LinkTerms:
    """Raises InvalidField."""
    return LinkTerms(
        max_bytes=wanted.max_bytes,
        filename=clean_filename(wanted.filename) if wanted.filename else None,
        title=clean_title(wanted.title),
        notify_url=clean_notify_url(wanted.notify_url),
        origin=wanted.origin,
    )
