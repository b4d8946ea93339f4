"""Pages of other sites: those that are set may call the API from a browser, no other."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from pipeline.api_settings import ApiSettings
from tests.unit.upload_api.test_hosts import called

APP = "https://app.example.com:8443"
KEY = "a key of sixteen or more"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with called(ApiSettings(cors_origins=[APP])) as http:
        yield http


def preflight(
    origin: str, method: str = "PATCH", headers: str = "tus-resumable,upload-offset"
) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }


def listed(answer: httpx.Response, header: str) -> set[str]:
    return {each.strip().lower() for each in answer.headers[header].split(",")}


@pytest.mark.parametrize("path", ["/v1/uploads", "/v1/uploads/some-upload", "/v1/videos"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "HEAD", "DELETE", "PUT"])
async def test_a_preflight_of_an_allowed_site_is_answered(
    http: httpx.AsyncClient, path: str, method: str
) -> None:
    answer = await http.options(path, headers=preflight(APP, method))
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert method.lower() in listed(answer, "Access-Control-Allow-Methods")
    assert {"tus-resumable", "upload-offset"} <= listed(answer, "Access-Control-Allow-Headers")
    assert "Origin" in answer.headers["Vary"]


async def test_no_password_that_the_browser_keeps_goes_along(http: httpx.AsyncClient) -> None:
    assert (
        "Access-Control-Allow-Credentials"
        not in (await http.options("/v1/videos", headers=preflight(APP))).headers
    )


@pytest.mark.parametrize("origin", ["https://app.example.com", "http://app.example.com:8443", "null", ""])
async def test_a_preflight_of_any_other_site_is_not(http: httpx.AsyncClient, origin: str) -> None:
    answer = await http.options("/v1/videos", headers=preflight(origin))
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_an_allowed_site_may_upload_and_read_what_tus_says(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/videos?filename=a.mp4", content=b"video", headers={"Origin": APP})
    assert answer.status_code == 202
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    told = listed(answer, "Access-Control-Expose-Headers")
    assert {"upload-offset", "location", "upload-length", "tus-resumable", "upload-expires", "etag"} <= told


async def test_another_site_may_not(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/videos", content=b"video", headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_page_can_read_that_it_needs_the_key() -> None:
    async with called(ApiSettings(cors_origins=[APP], key=SecretStr(KEY))) as http:
        before = await http.options("/v1/videos", headers=preflight(APP, "POST", "authorization"))
        refused = await http.get("/v1/videos", headers={"Origin": APP})
        answered = await http.get("/v1/videos", headers={"Origin": APP, "Authorization": f"Bearer {KEY}"})
    assert "authorization" in listed(before, "Access-Control-Allow-Headers")
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == APP
    assert answered.status_code == 200
