"""Who needs the API key, and how it is shown."""

from base64 import b64encode
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from pipeline.api_settings import ApiSettings
from tests.unit.upload_api.test_hosts import called

KEY = "a key of sixteen or more: ü"
VIDEO = "/v1/videos/7d9c3c3e-0000-4000-8000-000000000000"
FOR_THE_KEY = [
    ("GET", "/"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/videos/some-video"),
    ("GET", "/v1/videos"),
    ("GET", "/v1/videos/"),
    ("POST", "/v1/videos"),
    ("GET", f"{VIDEO}/events"),
    ("DELETE", VIDEO),
    ("POST", f"{VIDEO}/retry"),
    ("POST", f"{VIDEO}/live/master.m3u8"),
    ("GET", "/v1/dead-letters"),
    ("POST", "/v1/dead-letters/drop"),
    ("GET", "/v1/checkup"),
    ("GET", "/v1/changes"),
    ("GET", "/v1/changes?video=some-video"),
    ("GET", "/healthz/../v1/videos"),
    ("GET", "/nothing/here"),
]
OPEN = [
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/assets/static/base.css"),
    ("GET", VIDEO),
    ("GET", f"{VIDEO}/live/master.m3u8"),
    ("HEAD", f"{VIDEO}/live/480p.m3u8"),
    ("GET", f"{VIDEO.replace('/v1/videos', '/media')}/1/join/1/hls/master.m3u8"),
    ("GET", "/embed/some-video"),
    ("HEAD", "/v1/uploads/some-upload"),
    ("PATCH", "/v1/uploads/some-upload"),
    ("DELETE", "/v1/uploads/some-upload"),
    ("POST", "/v1/uploads/links/some-token"),
    ("OPTIONS", "/v1/videos"),
]


def bearer(key: str) -> bytes:
    return b"Bearer " + key.encode()


def basic(user: str, key: str) -> bytes:
    return b"Basic " + b64encode(f"{user}:{key}".encode())


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with called(ApiSettings(key=SecretStr(KEY))) as http:
        yield http


@pytest.mark.parametrize(("method", "path"), FOR_THE_KEY)
async def test_without_the_key_the_owners_part_is_closed(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == 401
    assert answer.json()["code"] == "key_required"
    assert answer.json()["hint"]
    schemes = [value.partition(" ")[0] for value in answer.headers.get_list("www-authenticate")]
    assert schemes == ["Basic", "Bearer"]


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "GET"])
async def test_no_upload_begins_without_the_key_whatever_method_is_said_beside(
    http: httpx.AsyncClient, method: str
) -> None:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "X-HTTP-Method-Override": "POST"}
    answer = await http.request(method, "/v1/uploads", headers=headers)
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (401, "1.0.0")


@pytest.mark.parametrize(("method", "path"), OPEN)
async def test_probes_assets_and_what_an_unguessable_address_opens_need_no_key(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    assert (await http.request(method, path)).status_code != 401


@pytest.mark.parametrize(
    "shown", [bearer(KEY), b"bearer  " + KEY.encode(), basic("anybody", KEY), basic("", KEY)]
)
async def test_the_key_is_a_bearer_token_or_the_password_of_any_user(
    http: httpx.AsyncClient, shown: bytes
) -> None:
    answer = await http.get("/v1/videos", headers=[(b"Authorization", shown)])
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "shown",
    [
        bearer("another key of sixteen or more"),
        bearer(""),
        bearer(KEY[:-1]),
        basic(KEY, ""),
        basic("user", KEY.upper()),
        b"Basic not base64!",
        b"Digest " + KEY.encode(),
        KEY.encode(),
        b"",
    ],
)
async def test_what_is_not_the_key_opens_nothing(http: httpx.AsyncClient, shown: bytes) -> None:
    answer = await http.get("/v1/videos", headers=[(b"Authorization", shown)])
    assert (answer.status_code, answer.json()["code"]) == (401, "key_required")


async def test_whoever_sent_a_wrong_key_is_told_that_it_is_wrong(http: httpx.AsyncClient) -> None:
    wrong = await http.get("/v1/videos", headers={"Authorization": "Bearer nonsense"})
    none = await http.get("/v1/videos")
    assert "What was sent is not it." in wrong.json()["detail"]
    assert "What was sent is not it." not in none.json()["detail"]


async def test_without_a_key_everything_is_open() -> None:
    async with called(ApiSettings()) as http:
        assert (await http.get("/v1/videos")).status_code == 200


async def test_the_key_does_not_make_up_for_a_foreign_host_or_origin(http: httpx.AsyncClient) -> None:
    shown = (b"Authorization", bearer(KEY))
    by_host = await http.get("/v1/videos", headers=[shown, (b"Host", b"evil.example")])
    by_origin = await http.post("/v1/videos", headers=[shown, (b"Origin", b"https://evil.example")])
    assert (by_host.status_code, by_origin.status_code) == (421, 403)
