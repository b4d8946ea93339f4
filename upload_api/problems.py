"""Every error as RFC 9457 `application/problem+json`: which status it is, what it says, when to come back."""

from http import HTTPStatus
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from pipeline import errors as shared
from pipeline.errors import ReelmillError
from pipeline.tracing import current_traceparent, trace_id
from upload_api import errors
from upload_api.capabilities import for_the_log
from upload_api.schemas import Problem
from upload_api.tus import errors as tus

log = structlog.get_logger()

_STATUSES: Final[dict[type[ReelmillError], int]] = {
    ReelmillError: 500,
    shared.Outage: 503,
    shared.VideoMissing: 404,
    shared.ObjectMissing: 404,
    shared.IllegalTransition: 409,
    shared.UploadInProgress: 409,
    shared.DirectUploadMissing: 404,
    shared.LinkMissing: 404,
    shared.LinkOver: 410,
    shared.LinkTaken: 422,  # tus clients would try again after a 409
    shared.KeyReused: 422,
    shared.BadCursor: 400,
    errors.InvalidRequest: 400,
    errors.InvalidField: 422,
    errors.KeyRequired: 401,
    errors.HostNotAllowed: 421,
    errors.OriginNotAllowed: 403,
    errors.UploadTooLarge: 413,
    errors.UploadBrokenOff: 400,
    errors.UploadGivenUp: 409,
    errors.UploadDamaged: 502,
    shared.UploadMissing: 404,
    shared.UploadOver: 410,
    tus.TusVersionUnsupported: 412,
    tus.NotOffsetStream: 415,
    tus.OffsetMismatch: 409,
    tus.LengthMismatch: 400,
    tus.ChecksumMismatch: 460,  # a status of tus's own
    tus.UploadHeld: 423,
    tus.UploadTakenOver: 422,  # after a 400, 409 or 423 clients try again, and would stop the other one
    tus.UploadStalled: 503,  # after a 408 they give up for good
    tus.UploadSetBack: 409,
    errors.DirectUploadsOff: 404,
    errors.PartsMissing: 422,
    errors.MediaMissing: 404,
    shared.DeadLetterMissing: 404,
    errors.EmbedFormat: 501,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.RangeNotSatisfiable: 416,
}
_COME_BACK: Final[dict[type[ReelmillError], int]] = {
    shared.Outage: 5,
    shared.UploadInProgress: 10,
    tus.UploadHeld: 5,
}
"""Seconds until asking again may help."""


def install(app: FastAPI) -> None:
    app.add_exception_handler(ReelmillError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def problem_response(
    error: ReelmillError, path: str, *, status: int | None = None, headers: dict[str, str] | None = None
) -> Response:
    status = status or status_of(error)
    problem = Problem(
        type=f"https://reelmill.dev/problems/{error.code}",
        title=error.message,
        status=status,
        detail=error.plain,
        code=error.code,
        hint=error.hint,
        trace_id=trace_id(current_traceparent()),
        instance=path,
    )
    extra = {"Cache-Control": "no-store"} | _headers_for(error) | (headers or {})
    return Response(problem.model_dump_json(), status, extra, media_type="application/problem+json")


def status_of(error: ReelmillError) -> int:
    return next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)


def _headers_for(error: ReelmillError) -> dict[str, str]:
    if isinstance(error, errors.RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{error.size}", "Accept-Ranges": "bytes"}
    wait = next((_COME_BACK[kind] for kind in type(error).__mro__ if kind in _COME_BACK), None)
    return {"Retry-After": str(wait)} if wait is not None else {}


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ReelmillError)  # noqa: S101  the handler is registered for nothing else
    if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("request_failed", code=error.code, detail=error.plain, path=for_the_log(request.url.path))
    return problem_response(error, request.url.path)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    problems = (f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}." for each in error.errors())
    return problem_response(errors.InvalidRequest(" ".join(problems)), request.url.path, status=422)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    known = {404: errors.NotFound, 405: errors.MethodNotAllowed}.get(error.status_code, errors.InvalidRequest)
    return problem_response(
        known(), request.url.path, status=error.status_code, headers=dict(error.headers or {})
    )
