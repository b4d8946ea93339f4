"""Who is answered, and who may change anything, on an API without a login."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from pipeline.api_settings import ApiSettings
from pipeline.services import Services
from tests.chain import in_memory, settings_for
from tests.unit.upload_api.conftest import Api
from upload_api.app import create_app

OURS = ["localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:8000", "127.8.8.8", "[::1]", "[::1]:8000"]
FOREIGN = ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example"]
FOREIGN += ["192.168.1.5", "[fe80::1]", "evil.example@localhost", "localhost/evil", "[localhost]", "", "]"]


@asynccontextmanager
async def called(settings: ApiSettings) -> AsyncIterator[httpx.AsyncClient]:
    whole = settings_for()
    whole.api = settings
    async with in_memory(settings=whole) as chain:
        app = create_app(Services(whole, chain.stages, chain.bus, chain.store, chain.ledger))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            yield http


@pytest.mark.parametrize("host", OURS)
async def test_whoever_calls_by_a_loopback_name_or_address_is_answered(api: Api, host: str) -> None:
    assert (await api.http.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
async def test_whoever_calls_by_a_name_that_is_not_ours_learns_nothing(api: Api, host: str) -> None:
    video_id = await api.upload()
    answer = await api.http.get("/v1/videos", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "host_not_allowed")
    assert "REELMILL_API__ALLOWED_HOSTS" in answer.json()["hint"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert video_id not in answer.text


async def test_a_foreign_name_deletes_nothing(api: Api) -> None:
    path = f"/v1/videos/{await api.upload()}"
    assert (await api.http.delete(path, headers={"Host": "evil.example"})).status_code == 421
    assert (await api.http.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        (ApiSettings(host="192.168.1.5"), "192.168.1.5:8000", 200),
        (ApiSettings(public_url="https://Video.Example:8443/reelmill"), "video.example", 200),
        (ApiSettings(public_url="https://video.example"), "other.example", 421),
        (ApiSettings(allowed_hosts=["Video.Example"]), "video.example:80", 200),
        (ApiSettings(allowed_hosts=["video.example"]), "sub.video.example", 421),
        (ApiSettings(allowed_hosts=["*"]), "any.example", 200),
    ],
)
async def test_further_names_are_those_that_are_set(settings: ApiSettings, host: str, status: int) -> None:
    async with called(settings) as http:
        assert (await http.get("/openapi.json", headers={"Host": host})).status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_load_balancer_may_ask_how_we_are_by_any_name(path: str) -> None:
    async with called(ApiSettings()) as http:
        assert (await http.get(path, headers={"Host": "10.1.2.3"})).status_code != 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example:8000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_a_page_of_another_site_uploads_nothing(api: Api, headers: dict[str, str]) -> None:
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert answer.json()["hint"]
    assert await api.left_over() == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://[::1]:8000"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_our_own_pages_and_programs_may_upload(api: Api, headers: dict[str, str]) -> None:
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video", headers=headers)
    assert answer.status_code == 202


async def test_following_a_link_from_another_site_is_no_change(api: Api) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert (await api.http.get("/", headers=headers)).status_code == 200


async def test_a_form_of_our_own_page_names_its_origin(api: Api) -> None:
    """With `no-referrer` browsers send `Origin: null` with it, as any hidden page does."""
    assert (await api.http.get("/")).headers["Referrer-Policy"] == "same-origin"
