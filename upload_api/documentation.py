"""What OpenAPI cannot read from the routes (upload bodies, problems, the key), and Swagger UI to read it."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from upload_api.capabilities import is_for_the_key
from upload_api.headers import PAGE_POLICY
from upload_api.schemas import Problem

router = APIRouter(include_in_schema=False)

_SWAGGER_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""Swagger UI sets styles from its script."""
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reelmill API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/swagger-ui-dist/swagger-ui.css">
<div id="docs"><noscript>Without JavaScript: <a href="/openapi.json">openapi.json</a></noscript></div>
<script src="/assets/swagger-ui-dist/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", deepLinking: true});\n'

_TITLE = {"type": "string", "maxLength": 300, "description": "Shown instead of the file's name."}
_NOTIFY = {"type": "string", "format": "uri", "description": "Told when the video is ready or failed."}
_NAME = {"type": "string", "maxLength": 255, "description": "The file's name."}
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "title": _TITLE,
        "notify_url": _NOTIFY,
    },
}
UPLOAD_BODIES: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {"schema": {"$ref": "#/components/schemas/VideoUpload"}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    },
}
UPLOAD_PARAMETERS: list[dict[str, Any]] = [
    {"name": name, "in": "query", "required": False, "schema": schema, "description": "For a raw body."}
    for name, schema in {"filename": _NAME, "title": _TITLE, "notify_url": _NOTIFY}.items()
]

_SHOWN: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The API key, where one is set."},
    "basic": {"type": "http", "scheme": "basic", "description": "Any user; the API key is the password."},
}

_WHEN = {
    401: "The API key is missing or wrong",
    400: "The request cannot be read, is empty or was broken off",
    403: "Not for pages of that site",
    404: "Not there",
    409: "Not in the state that it is in",
    410: "Over: it expired, or was given up",
    412: "Another version of tus",
    413: "Too large",
    415: "Another Content-Type than tus gives to bytes",
    416: "No such bytes",
    422: "A parameter cannot be accepted",
    423: "Another request still writes to it",
    460: "The checksum does not match; the bytes were not kept",
    500: "Something went wrong inside; it is in the log under the trace id",
    501: "Not in that format",
    502: "The store does not hold what was sent to it",
    503: "The database or the store is away",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": _WHEN[status],
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status in (*statuses, 500)
    }


def completed(openapi: dict[str, Any]) -> dict[str, Any]:
    """Also where FastAPI describes a 422 of its own: ours is a problem like every other."""
    components = openapi["components"]
    schemas = components["schemas"]
    schemas["Problem"], schemas["VideoUpload"] = Problem.model_json_schema(), _FORM
    components["securitySchemes"] = _SHOWN
    if schemas.pop("HTTPValidationError", None):
        del schemas["ValidationError"]
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            _complete(operation, for_the_key=is_for_the_key(method.upper(), path))
    return openapi


def _complete(operation: dict[str, Any], *, for_the_key: bool) -> None:
    responses = operation["responses"]
    if "422" in responses:
        responses["422"] = problems(422)[422]
    if for_the_key:
        operation["security"] = [{name: []} for name in _SHOWN]
        responses["401"] = problems(401)[401]


@router.get("/docs")
async def docs() -> HTMLResponse:
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _SWAGGER_POLICY})


@router.get("/docs/start.js")
async def start() -> Response:
    return Response(_START, media_type="text/javascript")
