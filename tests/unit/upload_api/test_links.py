"""Upload links: made with the key, used by one browser for one upload, within their limits."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr
from sqlmodel import select

from pipeline.adapters.database import Database
from pipeline.adapters.database.tables import LinkRow
from pipeline.api_settings import ApiSettings
from tests.unit.upload_api.conftest import Api
from tests.unit.upload_api.test_hosts import called

KEY = "a key of sixteen or more"
APP = "https://app.example.com"
FILE = b"all the bytes of a video"
TUS = {"Tus-Resumable": "1.0.0"}


async def made(http: httpx.AsyncClient, **terms: object) -> dict[str, str]:
    answer = await http.post("/v1/upload-links", json=terms, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 201, answer.text
    link: dict[str, str] = answer.json()
    return link


async def begin(http: httpx.AsyncClient, link: dict[str, str], **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.post(link["url"], headers=TUS | {"Upload-Length": str(len(FILE))} | named)


async def send(http: httpx.AsyncClient, location: str, **headers: str) -> httpx.Response:
    about = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    return await http.patch(location, content=FILE, headers=TUS | about | headers)


def said(**metadata: str) -> str:
    return ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in metadata.items())


@asynccontextmanager
async def guarded(**api: object) -> AsyncIterator[httpx.AsyncClient]:
    async with called(ApiSettings(key=SecretStr(KEY), **api)) as http:
        yield http


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with guarded() as http:
        yield http


async def test_only_the_key_makes_a_link(http: httpx.AsyncClient) -> None:
    assert (await http.post("/v1/upload-links", json={})).status_code == 401


async def test_a_link_names_the_video_before_there_is_one(http: httpx.AsyncClient) -> None:
    link = await made(http, expires_in=600)
    assert (await http.get(f"/v1/videos/{link['video_id']}")).status_code == 404
    expires = datetime.fromisoformat(link["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < expires < timedelta(minutes=11)


async def test_a_browser_uploads_with_it_and_sees_the_video_without_any_key(http: httpx.AsyncClient) -> None:
    link = await made(http)
    begun = await begin(http, link)
    assert begun.status_code == 201, begun.text
    assert begun.headers["Reelmill-Video"] == link["video_id"]
    assert (await send(http, begun.headers["Location"])).status_code == 204
    video = (await http.get(f"/v1/videos/{link['video_id']}")).json()
    assert (video["status"], video["size"]) == ("processing", len(FILE))


async def test_the_first_bytes_may_come_along(http: httpx.AsyncClient) -> None:
    link = await made(http)
    headers = TUS | {"Upload-Length": str(len(FILE)), "Content-Type": "application/offset+octet-stream"}
    answer = await http.post(link["url"], content=FILE, headers=headers)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(FILE)))


async def test_what_the_backend_said_counts_and_not_what_the_browser_says(api: Api) -> None:
    terms = {"title": "Ours", "filename": "ours.mov", "notify_url": "https://backend.example/hook"}
    link = await made(api.http, **terms)
    metadata = said(filename="theirs.mp4", title="Theirs", notify_url="https://evil.example/")
    await begin(api.http, link, Upload_Metadata=metadata)
    video, _ = await api.chain.ledger.video(link["video_id"])
    assert (video.title, video.filename) == ("Ours", "ours.mov")
    assert video.notify_url == "https://backend.example/hook"


async def test_a_browser_may_name_the_file_and_never_whom_to_tell(api: Api) -> None:
    link = await made(api.http)
    metadata = said(filename="theirs.mp4", title="Theirs", notify_url="https://evil.example/")
    await begin(api.http, link, Upload_Metadata=metadata)
    video, _ = await api.chain.ledger.video(link["video_id"])
    assert (video.title, video.filename, video.notify_url) == ("Theirs", "theirs.mp4", None)


async def test_beginning_again_gives_the_same_upload_where_it_is(http: httpx.AsyncClient) -> None:
    link = await made(http)
    first = await begin(http, link)
    half = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    await http.patch(first.headers["Location"], content=FILE[:10], headers=TUS | half)
    again = await begin(http, link, Content_Type="application/offset+octet-stream")
    assert (again.status_code, again.headers["Location"]) == (201, first.headers["Location"])
    assert again.headers["Upload-Offset"] == "10"


async def test_another_file_does_not_get_into_it(http: httpx.AsyncClient) -> None:
    link = await made(http)
    await begin(http, link)
    answer = await begin(http, link, Upload_Length="5")
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_link_taken")


async def test_after_its_upload_it_is_over(http: httpx.AsyncClient) -> None:
    link = await made(http)
    await send(http, (await begin(http, link)).headers["Location"])
    answer = await begin(http, link)
    assert (answer.status_code, answer.json()["code"]) == (410, "upload_link_over")
    assert answer.json()["hint"]


async def test_after_its_upload_was_cancelled_it_is_over(http: httpx.AsyncClient) -> None:
    link = await made(http)
    location = (await begin(http, link)).headers["Location"]
    assert (await http.delete(location, headers=TUS)).status_code == 204
    assert (await begin(http, link)).status_code == 410


async def test_a_file_larger_than_the_link_allows_is_refused(http: httpx.AsyncClient) -> None:
    link = await made(http, max_bytes=len(FILE) - 1)
    answer = await begin(http, link)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert (await begin(http, link, Upload_Length="5")).status_code == 201


async def test_no_link_allows_more_than_the_server_does(api: Api) -> None:
    link = await made(api.http, max_bytes=10**15)
    assert (await begin(api.http, link, Upload_Length=str(10**12))).status_code == 413


async def test_its_length_cannot_be_left_open(http: httpx.AsyncClient) -> None:
    link = await made(http, max_bytes=10)
    answer = await http.post(link["url"], headers=TUS | {"Upload-Defer-Length": "1"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_a_secret_that_was_made_up_opens_nothing(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/uploads/links/made-up", headers=TUS | {"Upload-Length": "5"})
    assert (answer.status_code, answer.json()["code"]) == (404, "upload_link_not_found")


@pytest.mark.parametrize(
    "terms",
    [
        {"max_bytes": 0},
        {"expires_in": 0},
        {"expires_in": 10**7},
        {"origin": "app.example.com"},
        {"origin": "https://app.example.com/page"},
        {"notify_url": "nowhere"},
        {"title": "x" * 301},
    ],
)
async def test_terms_that_cannot_be_kept_are_refused(
    http: httpx.AsyncClient, terms: dict[str, object]
) -> None:
    answer = await http.post("/v1/upload-links", json=terms, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 422


async def test_it_is_reached_as_the_outside_reaches_us() -> None:
    async with guarded(public_url="https://videos.example.com/") as http:
        assert (await made(http))["url"].startswith("https://videos.example.com/v1/uploads/links/")
    async with guarded() as http:
        assert (await made(http))["url"].startswith("http://localhost/v1/uploads/links/")


# --- from pages of another site


async def test_a_page_of_the_site_that_the_link_names_may_upload_and_read_along(
    http: httpx.AsyncClient,
) -> None:
    link = await made(http, origin=APP)
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "tus-resumable"}
    before = await http.options(link["url"], headers={"Origin": APP} | wanted)
    begun = await begin(http, link, Origin=APP)
    sent = await send(http, begun.headers["Location"], Origin=APP)
    status = await http.get(f"/v1/videos/{link['video_id']}", headers={"Origin": APP})
    assert [answer.status_code for answer in (before, begun, sent, status)] == [200, 201, 204, 200]
    for answer in (before, begun, sent, status):
        assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "Reelmill-Video" in begun.headers["Access-Control-Expose-Headers"]


async def test_a_page_of_any_other_site_may_not(http: httpx.AsyncClient) -> None:
    link = await made(http, origin=APP)
    answer = await begin(http, link, Origin="https://evil.example")
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_site_uses_its_own_links_only(http: httpx.AsyncClient) -> None:
    await made(http, origin="https://other.example.com")
    answer = await begin(http, await made(http, origin=APP), Origin="https://other.example.com")
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert APP in answer.json()["detail"]


async def test_a_site_that_a_link_names_gets_no_further_than_its_upload(http: httpx.AsyncClient) -> None:
    await made(http, origin=APP)
    for path in ("/v1/videos", "/v1/uploads", "/v1/upload-links"):
        headers = {"Origin": APP, "Authorization": f"Bearer {KEY}"}
        answer = await http.post(path, headers=TUS | headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")


async def test_our_own_pages_may_use_it(http: httpx.AsyncClient) -> None:
    link = await made(http)
    assert (await begin(http, link, Origin="http://localhost")).status_code == 201


async def test_the_secret_is_not_kept(api: Api) -> None:
    secret = urlsplit((await made(api.http))["url"]).path.rpartition("/")[2]
    assert len(secret) >= 43
    ledger = api.chain.ledger
    assert isinstance(ledger, Database)
    kept = await ledger._transactions.read(lambda session, _now: repr(session.exec(select(LinkRow)).all()))
    assert "secret_hash" in kept
    assert secret not in kept
