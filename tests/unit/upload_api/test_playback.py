"""/media/... as players see it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from pipeline.services import Services
from tests.unit.upload_api.conftest import Api
from upload_api.objects import _chain

CONTENT = bytes(range(256)) * 1000


async def segment(api: Api, name: str = "video/0001.m4s") -> str:
    key = f"{await api.upload()}/1/transcode/1/{name}"
    await api.store.put(key, CONTENT, "whatever/the-store-says")
    return f"/media/{key}"


async def test_a_file_is_served_whole_and_kept_by_no_cache_but_the_viewers_and_not_for_long(api: Api) -> None:
    answer = await api.http.get(await segment(api))
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Cache-Control"] == "private, max-age=3600, immutable"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("v/0.m4s", "video/iso.segment"),
        ("v/init.mp4", "video/mp4"),
        ("large.webp", "image/webp"),
        ("large.jpg", "image/jpeg"),
        ("en.vtt", "text/vtt"),
        ("page.html", "application/octet-stream"),
        ("picture.svg", "application/octet-stream"),
    ],
)
async def test_the_type_follows_the_name_and_nothing_can_run_on_our_origin(
    api: Api, name: str, expected: str
) -> None:
    answer = await api.http.get(await segment(api, name))
    assert answer.headers["Content-Type"].partition("; charset")[0] == expected


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-70000", 100, 70001),
        ("bytes=255999-", 255999, 256000),
        ("bytes=-5", -5, None),
    ],
)
async def test_a_range_is_served_alone(api: Api, wanted: str, start: int, end: int | None) -> None:
    answer = await api.http.get(await segment(api), headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["Content-Length"] == str(len(answer.content))
    first = start % len(CONTENT)
    assert (
        answer.headers["Content-Range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(CONTENT)}"
    )


async def test_a_range_beyond_the_end_is_refused_with_the_length(api: Api) -> None:
    answer = await api.http.get(await segment(api), headers={"Range": "bytes=256000-"})
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == "bytes */256000"


async def test_head_says_the_same_without_the_bytes(api: Api) -> None:
    path = await segment(api)
    head, get = await api.http.head(path), await api.http.get(path)
    differ = {"traceparent"}
    assert head.content == b""
    assert {k: v for k, v in head.headers.items() if k not in differ} == {
        k: v for k, v in get.headers.items() if k not in differ
    }


async def test_what_the_client_has_is_not_sent_again(api: Api) -> None:
    path = await segment(api)
    etag = (await api.http.get(path)).headers["ETag"]
    assert (await api.http.get(path, headers={"If-None-Match": etag})).status_code == 304


@pytest.mark.parametrize(("same", "status"), [(True, 206), (False, 200)])
async def test_a_range_of_another_version_gets_the_whole_file(api: Api, same: bool, status: int) -> None:
    path = await segment(api)
    etag = (await api.http.get(path)).headers["ETag"] if same else '"older"'
    answer = await api.http.get(path, headers={"Range": "bytes=0-9", "If-Range": etag})
    assert answer.status_code == status


async def test_the_uploaded_file_is_never_served(api: Api) -> None:
    video_id = await api.upload()
    assert (await api.http.get(f"/media/{video_id}/source")).status_code == 404


async def test_the_copy_of_an_upload_is_never_served(api: Api) -> None:
    """It may say where it was filmed, whatever ffmpeg takes for a tag."""
    assert (await api.http.get(await segment(api, "source.mp4"))).status_code == 200
    for name in ("source.mp4", "source.mkv"):
        assert (await api.http.get(await segment(api, f".source/{name}"))).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "{id}/1/transcode/1/../../../source",
        "{id}/1/transcode/1/%2e%2e/%2e%2e/%2e%2e/source",
        "{id}/1/transcode/1/..%2fsource",
        "{id}/1/transcode/1/.hidden",
        "{id}/1/transcode/1/",
        "{id}/1/transcode/1//a.m4s",
        "{id}/1/transcode/1/a%00.m4s",
        "{id}/1/transcode/1/a.m4s%0a",
        "{id}/1/transcode/1/missing.m4s",
        "{id}",
        "",
        "00000000-0000-0000-0000-000000000000/1/transcode/1/a.m4s",
    ],
)
async def test_nothing_else_is_served(api: Api, path: str) -> None:
    await api.store.put("00000000-0000-0000-0000-000000000000/1/transcode/1/a.m4s", b"of nobody", "video/mp4")
    url = httpx.URL("http://localhost/media/" + path.format(id=await api.upload()))
    assert (await api.http.get(url)).status_code == 404


async def test_a_store_that_is_away_is_said(api: Api) -> None:
    path = await segment(api)
    api.store.away = True
    answer = await api.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert "immutable" not in answer.headers["Cache-Control"]


async def test_a_file_that_goes_between_looking_and_reading_is_not_there(api: Api) -> None:
    path = await segment(api)
    services: Services = api.app.state.services

    class Racing:
        def __getattr__(self, name: str) -> object:
            return getattr(api.store, name)

        async def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
            await api.store.delete([key])
            async for block in api.store.read(key, start, length):
                yield block

    api.app.state.services = Services(**(vars(services) | {"store": Racing()}))
    assert (await api.http.get(path)).status_code == 404


async def test_the_store_is_let_go_when_the_client_leaves() -> None:
    closed = False

    async def blocks() -> AsyncIterator[bytes]:
        nonlocal closed
        try:
            yield b"second"
        finally:
            closed = True

    answer = _chain(b"first", blocks())
    assert [await anext(answer), await anext(answer)] == [b"first", b"second"]
    await answer.aclose()  # type: ignore[attr-defined]
    assert closed
