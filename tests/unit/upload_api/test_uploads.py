"""POST /v1/videos as its clients see it."""

import json
from collections.abc import AsyncIterator, Sequence

import pytest

from tests.unit.upload_api.conftest import LIMIT, PART, Api

FORM = {"Content-Type": "multipart/form-data; boundary=cut"}


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename else ""
    return (
        f'--cut\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"
    )


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--cut--\r\n"


async def in_blocks(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def stored(api: Api, video_id: str) -> bytes:
    return b"".join([block async for block in api.store.read(f"{video_id}/source")])


@pytest.mark.parametrize("size", [1, PART - 1, PART, PART + 1, 3 * PART, 7 * PART + 13])
async def test_a_raw_body_is_stored_byte_for_byte(api: Api, size: int) -> None:
    content = bytes(index % 251 for index in range(size))
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=in_blocks(content, 333))
    assert answer.status_code == 202
    assert answer.json()["size"] == size
    assert await stored(api, answer.json()["id"]) == content
    assert not api.store.uploads


@pytest.mark.parametrize("block", [1, 7, 64, 100_000])
async def test_a_form_is_stored_byte_for_byte_however_it_is_cut(api: Api, block: int) -> None:
    content = b"\r\n--cu\r\n--cut" + bytes(range(256)) * 9 + b"\r\n--cux\r"
    body = form(part("title", "Höhe".encode()), part("file", content, "b.mkv"))
    answer = await api.http.post("/v1/videos", content=in_blocks(body, block), headers=FORM)
    assert answer.status_code == 202
    video = answer.json()
    assert (video["title"], video["filename"], video["size"]) == ("Höhe", "b.mkv", len(content))
    assert await stored(api, video["id"]) == content


async def test_the_answer_says_where_to_ask_and_when(api: Api) -> None:
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video")
    video = answer.json()
    assert answer.headers["Location"] == f"/v1/videos/{video['id']}" == video["links"]["self"]
    assert answer.headers["Retry-After"] == "1"
    assert video["status"] == "processing"
    assert [step["state"] for step in video["steps"]] == ["waiting"] * 4


async def test_the_first_event_is_published(api: Api) -> None:
    await api.upload()
    assert await api.bus.depth("reelmill.transcode") == 1


async def test_an_upload_is_accepted_while_the_broker_is_away(api: Api) -> None:
    api.bus.away = True
    video_id = await api.upload()
    events = (await api.http.get(f"/v1/videos/{video_id}/events")).json()["items"]
    assert [event["published"] for event in events] == [False]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0)])
async def test_the_fields_of_a_form_may_come_in_any_order(api: Api, order: Sequence[int]) -> None:
    parts = (
        part("file", b"video", "a.mp4"),
        part("title", b"A title"),
        part("notify_url", b"https://example.com/told"),
    )
    body = form(*(parts[index] for index in order))
    answer = await api.http.post("/v1/videos", content=body, headers=FORM)
    video, _ = await api.chain.ledger.video(answer.json()["id"])
    assert (video.title, video.notify_url) == ("A title", "https://example.com/told")


async def test_a_part_of_the_form_that_nobody_knows_is_passed_over(api: Api) -> None:
    body = form(part("other", b"x" * 5000, "other.bin"), part("file", b"video", "a.mp4"))
    answer = await api.http.post("/v1/videos", content=body, headers=FORM)
    assert answer.json()["size"] == 5


async def test_the_trace_of_the_caller_goes_on_in_the_first_event(api: Api) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video", headers=headers)
    assert answer.headers["traceparent"].split("-")[1] == trace
    async with api.bus.take("reelmill.transcode", 1) as deliveries:
        assert json.loads(deliveries[0].body)["traceparent"].split("-")[1] == trace


@pytest.mark.parametrize(
    ("name", "sent", "expected"),
    [
        ("clip.mkv", "application/x-www-form-urlencoded", "video/x-matroska"),
        ("clip.mp4", "video/quicktime; codecs=avc1", "video/quicktime"),
        ("clip", "application/octet-stream", "application/octet-stream"),
        ("clip.mp4", "nonsense", "video/mp4"),
        ("clip.mp4", "video/" + "x" * 20_000, "video/mp4"),
    ],
)
async def test_the_type_is_the_one_given_or_guessed(api: Api, name: str, sent: str, expected: str) -> None:
    answer = await api.http.post(
        f"/v1/videos?filename={name}", content=b"video", headers={"Content-Type": sent}
    )
    assert answer.json()["content_type"] == expected


async def test_the_type_of_a_part_is_passed_over_when_the_store_could_not_take_it(api: Api) -> None:
    files = {"file": ("clip.mp4", b"video", "видео/mp4")}
    answer = await api.http.post("/v1/videos", files=files)
    assert (answer.status_code, answer.json()["content_type"]) == (202, "video/mp4")


# --- repeats ----------------------------------------------------------------------------------------------


async def test_a_repeat_with_the_same_key_gets_the_same_video_without_reading_the_body(api: Api) -> None:
    headers = {"Idempotency-Key": "one", "Content-Length": "5"}
    first = await api.http.post("/v1/videos?filename=a.mp4", content=b"video", headers=headers)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b"video"

    again = await api.http.post("/v1/videos?filename=a.mp4", content=body(), headers=headers)
    assert (again.status_code, again.headers["Idempotent-Replay"]) == (202, "true")
    assert again.json()["id"] == first.json()["id"]
    assert "Idempotent-Replay" not in first.headers
    assert len((await api.http.get("/v1/videos")).json()["items"]) == 1


@pytest.mark.parametrize("change", [{"filename": "b.mp4"}, {"title": "Other"}, {"content": b"longer video"}])
async def test_a_key_that_was_used_for_another_upload_is_refused(
    api: Api, change: dict[str, str | bytes]
) -> None:
    headers = {"Idempotency-Key": "one"}
    await api.http.post("/v1/videos?filename=a.mp4", content=b"video", headers=headers)
    content = change.pop("content", b"video")
    params = {"filename": "a.mp4"} | change
    answer = await api.http.post("/v1/videos", params=params, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_repeat_while_the_first_is_under_way_is_told_to_wait(api: Api) -> None:
    headers = {"Idempotency-Key": "one", "Content-Length": "10"}
    answers = []

    async def slowly() -> AsyncIterator[bytes]:
        yield b"first"
        answers.append(
            await api.http.post("/v1/videos?filename=a.mp4", content=b"0123456789", headers=headers)
        )
        yield b"last."

    first = await api.http.post("/v1/videos?filename=a.mp4", content=slowly(), headers=headers)
    assert first.status_code == 202
    assert (answers[0].status_code, answers[0].json()["code"]) == (409, "upload_in_progress")
    assert int(answers[0].headers["Retry-After"]) > 0


# --- refused ----------------------------------------------------------------------------------------------


async def test_a_body_that_says_it_is_too_large_is_refused_before_anything_else(api: Api) -> None:
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"x" * (LIMIT + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert str(LIMIT) in answer.json()["detail"]
    assert await api.left_over() == []


async def test_a_body_that_turns_out_too_large_leaves_nothing(api: Api) -> None:
    endless = in_blocks(b"x" * (LIMIT + 1), 512)
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=endless)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert await api.left_over() == []


async def test_a_form_whose_file_is_too_large_leaves_nothing(api: Api) -> None:
    body = form(part("file", b"x" * (LIMIT + 1), "a.mp4"))
    answer = await api.http.post("/v1/videos", content=in_blocks(body, 512), headers=FORM)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert await api.left_over() == []


@pytest.mark.parametrize("body", [b"", form(part("file", b"", "a.mp4"))])
async def test_an_empty_upload_is_refused_and_leaves_nothing(api: Api, body: bytes) -> None:
    headers = FORM if body else {}
    answer = await api.http.post("/v1/videos", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_empty")
    assert await api.left_over() == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (form(part("title", b"No file")), "file_missing"),
        (form(part("file", b"one", "a.mp4"), part("file", b"two", "b.mp4")), "malformed_form"),
        (part("file", b"video", "a.mp4"), "malformed_form"),
        (b"not a form at all", "malformed_form"),
        (part("file", b"x" * 5 * PART, "a.mp4"), "malformed_form"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_and_leaves_nothing(
    api: Api, body: bytes, code: str
) -> None:
    answer = await api.http.post("/v1/videos", content=body, headers=FORM)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert await api.left_over() == []


@pytest.mark.parametrize("parameter", ["", "; boundary=" + "b" * 257])
async def test_a_form_without_a_boundary_that_can_be_is_refused(api: Api, parameter: str) -> None:
    headers = {"Content-Type": f"multipart/form-data{parameter}"}
    answer = await api.http.post("/v1/videos", content=b"video", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_form")


@pytest.mark.parametrize(
    "params",
    [
        {"notify_url": "ftp://example.com/"},
        {"notify_url": "example.com/told"},
        {"notify_url": "http://"},
        {"notify_url": "http://[::1/"},
        {"notify_url": "https://example.com/" + "a" * 3000},
        {"title": "t" * 301},
    ],
)
async def test_a_field_that_cannot_be_kept_is_refused_before_the_body(
    api: Api, params: dict[str, str]
) -> None:
    answer = await api.http.post("/v1/videos", params=params, content=b"video")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert next(iter(params)) in answer.json()["detail"]
    assert await api.left_over() == []


async def test_a_key_that_is_too_long_is_refused(api: Api) -> None:
    answer = await api.http.post("/v1/videos", content=b"video", headers={"Idempotency-Key": "k" * 256})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_browser_without_scripts_is_led_to_the_videos_page(api: Api) -> None:
    body = form(part("file", b"video", "a.mp4"))
    accepts = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = await api.http.post("/v1/videos", content=body, headers=FORM | accepts, follow_redirects=False)
    assert answer.status_code == 303
    (item,) = (await api.http.get("/v1/videos")).json()["items"]
    assert answer.headers["Location"] == f"/videos/{item['id']}"
