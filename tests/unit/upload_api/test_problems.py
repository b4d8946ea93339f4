"""Every error is a problem that a person and a program can read."""

import pytest
from fastapi import FastAPI

from pipeline.errors import ReelmillError
from tests.unit.upload_api.conftest import Api

MEMBERS = {"type", "title", "status", "detail", "code", "hint", "trace_id", "instance"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "not_found"),
        ("PATCH", "/healthz", 405, "method_not_allowed"),
        ("GET", "/v1/videos?limit=many", 422, "invalid_request"),
        ("GET", "/v1/videos/unknown", 404, "video_not_found"),
        ("GET", "/media/unknown", 404, "media_not_found"),
        ("GET", "/assets/unknown.js", 404, "not_found"),
    ],
)
async def test_every_error_has_the_same_shape(
    api: Api, method: str, path: str, status: int, code: str
) -> None:
    answer = await api.http.request(method, path)
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem.keys() == MEMBERS
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["instance"] == path.partition("?")[0]
    assert problem["trace_id"] == answer.headers["traceparent"].split("-")[1]
    assert problem["hint"]


async def test_a_wrong_method_names_the_right_ones(api: Api) -> None:
    assert (await api.http.patch("/healthz")).headers["Allow"] == "GET"


async def test_an_error_that_nobody_expected_is_a_problem_too_and_tells_nothing(api: Api) -> None:
    async def crash() -> None:
        raise RuntimeError("secret")

    app: FastAPI = api.app
    app.add_api_route("/crash", crash)
    answer = await api.http.get("/crash")
    assert (answer.status_code, answer.json()["code"]) == (500, ReelmillError.code)
    assert "secret" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
