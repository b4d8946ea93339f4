"""What OpenAPI is told of tus's headers."""

from typing import Any

_VERSION = {"type": "string", "enum": ["1.0.0"]}
_BYTES = {"type": "integer", "minimum": 0}
_STREAM = {"application/offset+octet-stream": {"schema": {"type": "string", "format": "binary"}}}


def _header(name: str, schema: dict[str, Any], description: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "schema": schema, "description": description}


def _answered(status: int, description: str, **headers: str) -> dict[int | str, dict[str, Any]]:
    named = {
        name.replace("_", "-"): {"schema": {"type": "string"}, "description": told}
        for name, told in headers.items()
    }
    return {status: {"description": description, "headers": named}}


_RESUMABLE = _header("Tus-Resumable", _VERSION, "The version of tus.", required=True)
_CHECKSUM = _header(
    "Upload-Checksum",
    {"type": "string"},
    "`sha1`, `sha256` or `md5`, a space, and the digest of this request's bytes in base64.",
)
_LENGTH = _header("Upload-Length", _BYTES, "Bytes of the whole file.")
_FAR = {"Upload_Offset": "Bytes that are safe.", "Upload_Expires": "Until when it can be gone on with."}
_WHICH = {"Reelmill_Video": "The id of the video that it becomes."}

ABILITIES = _answered(
    204,
    "Abilities",
    Tus_Version="Versions, best first.",
    Tus_Extension="Extensions.",
    Tus_Max_Size="Bytes that a file may have.",
    Tus_Checksum_Algorithm="For Upload-Checksum.",
)
BEGUN = _answered(201, "Begun", Location="Where its bytes go.", **_FAR, **_WHICH)
PLACE = _answered(200, "How far it is", **_FAR, **_WHICH, Upload_Length="Bytes of the whole file.")
TAKEN = _answered(204, "The bytes are safe", **_FAR, **_WHICH)

ASKING: dict[str, Any] = {"parameters": [_RESUMABLE]}
BEGINNING: dict[str, Any] = {
    "parameters": [
        _RESUMABLE,
        _LENGTH,
        _header("Upload-Defer-Length", {"type": "integer", "enum": [1]}, "When the length is told later."),
        _header(
            "Upload-Metadata",
            {"type": "string"},
            "`filename`, `filetype`, `title`, `notify_url`: each a key, a space and base64, comma between.",
        ),
        _CHECKSUM,
    ],
    "requestBody": {"required": False, "content": _STREAM},
}
SENDING: dict[str, Any] = {
    "parameters": [
        _RESUMABLE,
        _header("Upload-Offset", _BYTES, "Where these bytes begin.", required=True),
        _LENGTH,
        _CHECKSUM,
    ],
    "requestBody": {"required": True, "content": _STREAM},
}
