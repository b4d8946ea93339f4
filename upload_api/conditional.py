"""Answers that need not be sent again: strong ETags over the body, 304 where the client has it already."""

import hashlib

from fastapi import Request, Response
from pydantic import BaseModel


def conditional_json(request: Request, shown: BaseModel, headers: dict[str, str]) -> Response:
    return conditional(request, shown.model_dump_json(), "application/json", headers)


def conditional(request: Request, body: str, media_type: str, headers: dict[str, str]) -> Response:
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"} | headers
    if names(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media_type=media_type)


def names(condition: str | None, etag: str) -> bool:
    """Whether an If-None-Match holds `etag`; it compares weakly, so `W/` does not matter."""
    if condition is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in condition.split(",")]
    return "*" in tags or etag in tags
