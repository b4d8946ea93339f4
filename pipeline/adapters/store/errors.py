"""What goes wrong at an S3 server, in our words: the errors of the SDK and of urllib3 end here, and so does
what tells one server's answers from another's."""

import re

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError, MaxRetryError

from pipeline.errors import ObjectMissing, Permanent, StoreAway, Transient, UploadForgotten

_MAY_PASS = {401, 403, 404, 408, 409, 429}
"""Client errors that somebody mends at the store: its keys, its bucket, its load."""
_FORGOTTEN = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder"}


class StoreRefused(Transient):
    code = "store_refused"
    message = "The object store refused a request."
    hint = "Look in the store's log for the reason; it may be older or stricter than the ones we know."


class StoreKeysMissing(Permanent):
    code = "store_keys_missing"
    message = "The object store's access key or secret key is not set."
    hint = "Set REELMILL_STORE__ACCESS_KEY and REELMILL_STORE__SECRET_KEY."


def in_our_words(error: Exception) -> Exception:
    if isinstance(error, HTTPError):
        return StoreAway(str(error.reason if isinstance(error, MaxRetryError) else error))
    if not isinstance(error, MinioException):
        return error
    code, status = code_of(error), status_of(error)
    if code == "NoSuchKey":
        return ObjectMissing()
    if code in _FORGOTTEN or _is_passed_on(error):
        return UploadForgotten()
    said = f"It answered {status} {code}." if code else f"It answered {status}."
    return StoreAway(said) if status >= 500 or status in _MAY_PASS else StoreRefused(said)


def _is_passed_on(error: MinioException) -> bool:
    """rclone's answer to other bytes for a part that it has sent on: only a new upload can take them."""
    return code_of(error) == "NotImplemented" and "cannot be replaced" in str(error)


def code_of(error: MinioException) -> str:
    if isinstance(error, S3Error):
        return error.code or ""
    # an error body that is labelled text/xml, as rclone does, the SDK leaves unread
    found = re.search(r"<Code>(\w+)</Code>", str(error)) if isinstance(error, InvalidResponseError) else None
    return found[1] if found else ""


def status_of(error: MinioException) -> int:
    if isinstance(error, S3Error):
        return int(error.response.status)
    if isinstance(error, InvalidResponseError):
        return int(error._code)
    return int(error.status_code) if isinstance(error, ServerError) else 500
