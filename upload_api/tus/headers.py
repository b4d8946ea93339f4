"""The headers of tus, read and written. What cannot be read is an InvalidRequest."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Protocol

from pipeline.uploading import Resumable
from upload_api.errors import InvalidRequest
from upload_api.tus.errors import ChecksumMismatch, NotOffsetStream

VERSION = "1.0.0"
EXTENSIONS = (
    "creation",
    "creation-with-upload",
    "creation-defer-length",
    "termination",
    "checksum",
    "expiration",
)
ALGORITHMS = ("sha1", "sha256", "md5")
BYTES = "application/offset+octet-stream"
_LONGEST_METADATA = 8 * 1024


class _Hash(Protocol):
    def update(self, data: memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True)
class Checksum:
    """What the bytes of one request are said to come to."""

    expected: bytes
    hash: _Hash

    def verify(self) -> None:
        """Raises ChecksumMismatch."""
        if self.hash.digest() != self.expected:
            raise ChecksumMismatch


def number(headers: Mapping[str, str], name: str) -> int | None:
    said = headers.get(name)
    if said is None:
        return None
    if not (said.isascii() and said.isdecimal()) or len(said) > 18:
        raise InvalidRequest(f"{name} is not a number of bytes.")
    return int(said)


def declared_length(headers: Mapping[str, str]) -> int | None:
    """None when the client tells it later."""
    length, later = number(headers, "upload-length"), headers.get("upload-defer-length")
    if later not in {None, "1"}:
        raise InvalidRequest("Upload-Defer-Length can only be 1.")
    if (length is None) == (later is None):
        raise InvalidRequest("Send either Upload-Length or Upload-Defer-Length.")
    return length


def has_bytes(headers: Mapping[str, str]) -> bool:
    """Whether a creation brings the first bytes along."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == BYTES


def require_bytes(headers: Mapping[str, str]) -> None:
    if not has_bytes(headers):
        raise NotOffsetStream


def metadata(said: str) -> dict[str, str]:
    """Upload-Metadata: `key base64,key base64`, where a value may be missing."""
    if len(said) > _LONGEST_METADATA:
        raise InvalidRequest(f"Upload-Metadata is longer than {_LONGEST_METADATA} characters.")
    found: dict[str, str] = {}
    for pair in said.split(",") if said.strip() else ():
        key, _, value = pair.strip().partition(" ")
        if not key or not key.isascii() or key in found:
            raise InvalidRequest("Each key of Upload-Metadata is ASCII, not empty, and there once.")
        found[key] = _decoded(value.strip(), f"The value of `{key}` in Upload-Metadata").decode(
            errors="replace"
        )
    return found


def checksum(headers: Mapping[str, str]) -> Checksum | None:
    said = headers.get("upload-checksum")
    if said is None:
        return None
    algorithm, _, digest = said.partition(" ")
    if algorithm not in ALGORITHMS or not digest.strip():
        raise InvalidRequest(f"Upload-Checksum is one of {', '.join(ALGORITHMS)}, a space, and base64.")
    expected = _decoded(digest.strip(), "Upload-Checksum")
    return Checksum(expected, hashlib.new(algorithm, usedforsecurity=False))


def describing(upload: Resumable) -> dict[str, str]:
    """How far it is, for any answer about it."""
    shown = {
        "Upload-Offset": str(upload.offset),
        "Reelmill-Video": upload.video_id,
        "Cache-Control": "no-store",
    }
    if not upload.accepted:
        shown["Upload-Expires"] = http_date(upload.expires_at)
    return shown


def http_date(moment: datetime) -> str:
    """HTTP's dates are in UTC, whatever zone a moment comes in."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidRequest(f"{what} is not base64.") from error
