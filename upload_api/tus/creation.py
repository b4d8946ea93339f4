"""POST: an upload is given its address. Whoever knows the address may go on with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.services import Services
from pipeline.uploading import NewUpload, Resumable
from upload_api.bodies import too_large
from upload_api.errors import InvalidRequest, UploadEmpty
from upload_api.fields import new_upload
from upload_api.parts import part_size
from upload_api.tus import headers as tus

_ALIASES = {"filename": ("filename", "name"), "filetype": ("filetype", "type")}
"""Uppy says `name` and `type`."""


@dataclass(frozen=True)
class Creation:
    """What a client says of an upload that it begins."""

    length: int | None
    said: str
    """Upload-Metadata as it came."""
    new: NewUpload


def creation_of(headers: Mapping[str, str], most: int) -> Creation:
    """`most`: bytes that it may have. Raises InvalidRequest, InvalidField, UploadEmpty, UploadTooLarge."""
    if "upload-concat" in headers:
        raise InvalidRequest("Upload-Concat is not among this server's Tus-Extension; send the file in one.")
    length, said = tus.declared_length(headers), headers.get("upload-metadata", "")
    if length == 0:
        raise UploadEmpty
    if length is not None and length > most:
        raise too_large(most)
    fields = tus.metadata(said)
    for name, others in _ALIASES.items():
        fields[name] = next((fields[other] for other in others if fields.get(other)), "")
    new = new_upload(fields, content_type=fields["filetype"], declared_length=length, idempotency_key=None)
    return Creation(length, said, new)


async def open_upload(services: Services, creation: Creation) -> Resumable:
    limits = services.settings.upload
    return await services.ledger.open(
        creation.new,
        length=creation.length,
        part_bytes=part_size(limits, creation.length),
        said=creation.said,
        lifetime=limits.resumable_for,
    )
