"""What an upload says about itself, made safe to keep and show: name, type, title, and whom to tell."""

import hashlib
import json
import mimetypes
import re
import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pipeline.uploading import NewUpload
from upload_api.errors import InvalidField

LONGEST_FILENAME = 255
LONGEST_TITLE = 300
LONGEST_URL = 2048
_NO_NAME = "video"
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
"""The store takes it as a header."""
_LONGEST_MIME = 255
_SAYS_NOTHING = {"application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data"}
"""What clients send when they know no better; curl's default for a raw body is the second."""


def new_upload(
    fields: Mapping[str, str],
    *,
    content_type: str | None,
    declared_length: int | None,
    idempotency_key: str | None,
) -> NewUpload:
    """`fields` may hold `filename`, `title` and `notify_url`. Raises InvalidField."""
    filename = clean_filename(fields.get("filename", ""))
    title, notify_url = clean_title(fields.get("title")), clean_notify_url(fields.get("notify_url"))
    return NewUpload(
        filename=filename,
        content_type=_content_type(content_type, filename),
        title=title,
        notify_url=notify_url,
        idempotency_key=idempotency_key,
        fingerprint=_fingerprint(filename, declared_length, title, notify_url) if idempotency_key else None,
    )


def clean_filename(name: str) -> str:
    """The last part of any path, without what cannot be seen, its extension kept when it must be cut."""
    visible = _visible(name.replace("\\", "/").rstrip("/").rpartition("/")[2]).strip(" .")
    return _cut(visible, PurePosixPath(visible).suffix[:16]) or _NO_NAME


def clean_title(title: str | None) -> str | None:
    title = _visible(title or "").strip()
    if len(title) > LONGEST_TITLE:
        raise InvalidField(f"`title` is longer than {LONGEST_TITLE} characters.")
    return title or None


def clean_notify_url(url: str | None) -> str | None:
    url = (url or "").strip()
    if not url:
        return None
    if len(url) > LONGEST_URL:
        raise InvalidField(f"`notify_url` is longer than {LONGEST_URL} characters.")
    if not _is_web_address(url):
        raise InvalidField("`notify_url` must be a whole http:// or https:// address.")
    return url


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"} and bool(parts.hostname) and port_is_fine and _visible(url) == url
    )


def _visible(text: str) -> str:
    """Without control, format (such as right-to-left override) and surrogate characters."""
    return "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cf", "Cs"})


def _cut(name: str, suffix: str) -> str:
    if len(name) <= LONGEST_FILENAME:
        return name
    return name[: LONGEST_FILENAME - len(suffix)] + suffix


def _content_type(given: str | None, filename: str) -> str:
    given = (given or "").partition(";")[0].strip().lower()
    if len(given) <= _LONGEST_MIME and _MIME.fullmatch(given) and given not in _SAYS_NOTHING:
        return given
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _fingerprint(filename: str, length: int | None, title: str | None, notify_url: str | None) -> str:
    said = json.dumps([filename, length, title, notify_url])
    return hashlib.sha256(said.encode()).hexdigest()
