"""What goes wrong between the last byte and acceptance, and with what the store was trusted with."""

import asyncio
from collections.abc import AsyncIterator

from tests.unit.upload_api.conftest import PART
from tests.unit.upload_api.tus.conftest import STREAM, VERSION, Tus


def content(size: int) -> bytes:
    return bytes(index % 251 for index in range(size))


async def tails(tus: Tus) -> list[str]:
    return [info.key for info in await tus.api.store.list("") if "/.upload/" in info.key]


async def test_bytes_that_could_not_be_made_an_object_are_asked_for_again(tus: Tus) -> None:
    whole = content(2 * PART)
    url = await tus.begin(len(whole))
    await tus.patch(url, 0, whole[: PART + 1])
    with tus.failing_store("complete_upload"):
        answer = await tus.patch(url, PART + 1, whole[PART + 1 :])
    assert answer.status_code == 503
    assert await tus.offset(url) < len(whole)
    start = await tus.offset(url)
    assert (await tus.patch(url, start, whole[start:])).status_code == 204
    assert await tus.stored(url) == whole


async def test_a_length_told_last_does_not_say_all_is_there_before_it_is(tus: Tus) -> None:
    whole = content(2 * PART)
    url = (await tus.post(upload_defer_length="1")).headers["Location"]
    await tus.patch(url, 0, whole)
    with tus.failing_store("complete_upload"):
        answer = await tus.patch(url, len(whole), b"", **{"Upload-Length": str(len(whole))})
    assert answer.status_code == 503
    head = await tus.head(url)
    assert head.headers["Upload-Defer-Length"] == "1"
    answer = await tus.patch(url, len(whole), b"", **{"Upload-Length": str(len(whole))})
    assert answer.status_code == 204
    assert await tus.stored(url) == whole


async def test_a_lost_tail_sets_the_upload_back_to_its_last_whole_part(tus: Tus) -> None:
    whole = content(3 * PART)
    url = await tus.begin(len(whole))
    await tus.patch(url, 0, whole[: PART + 7])
    await tus.api.store.delete(await tails(tus))
    answer = await tus.patch(url, PART + 7, whole[PART + 7 :])
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_set_back")
    assert await tus.offset(url) == PART
    await tus.patch(url, PART, whole[PART:])
    assert await tus.stored(url) == whole


async def test_a_tail_that_is_too_short_is_not_built_upon(tus: Tus) -> None:
    whole = content(3 * PART)
    url = await tus.begin(len(whole))
    await tus.patch(url, 0, whole[: PART + 7])
    (tail,) = await tails(tus)
    await tus.api.store.put(tail, whole[PART : PART + 3], "video/mp4")
    assert (await tus.patch(url, PART + 7, whole[PART + 7 :])).status_code == 409
    await tus.patch(url, PART, whole[PART:])
    assert await tus.stored(url) == whole


async def test_whoever_goes_on_with_a_deleted_video_is_told_that_it_is_gone(tus: Tus) -> None:
    url = await tus.begin(10)
    video_id = (await tus.patch(url, 0, b"12345")).headers["Reelmill-Video"]
    await tus.api.http.delete(f"/v1/videos/{video_id}")
    answer = await tus.patch(url, 5, b"67890")
    assert (answer.status_code, answer.json()["code"]) == (410, "upload_over")


async def test_a_slice_of_a_file_is_not_taken_for_a_file(tus: Tus) -> None:
    answer = await tus.post(upload_length="10", upload_concat="partial")
    assert answer.status_code == 400


async def test_a_creation_that_is_repeated_by_a_link_adds_nothing(tus: Tus) -> None:
    link = (await tus.api.http.post("/v1/upload-links", json={})).json()["url"].partition("localhost")[2]
    whole = content(100)
    first = await tus.create_at(link, whole[:40], length=100)
    again = await tus.create_at(link, whole[:60], length=100)
    assert (again.status_code, again.headers["Upload-Offset"]) == (201, "40")
    assert again.headers["Location"] == first.headers["Location"]
    await tus.patch(first.headers["Location"], 40, whole[40:])
    assert (await tus.create_at(link, whole, length=100)).status_code == 410
    assert await tus.stored(first.headers["Location"]) == whole


async def test_what_one_checksum_took_aside_is_gone_afterwards(tus: Tus) -> None:
    whole = content(3 * PART + 1)
    url = await tus.begin(4 * PART)
    await tus.patch(url, 0, whole, **{"Upload-Checksum": "sha1 AAAA", **STREAM})
    assert await tails(tus) == []


async def test_bytes_are_refused_before_they_come_while_the_store_is_away(tus: Tus) -> None:
    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    url = await tus.begin(PART)
    tus.api.store.away = True
    said = VERSION | STREAM | {"upload-offset": "0", "content-length": str(PART)}
    async with asyncio.timeout(30):
        answer = await tus.api.http.patch(url, content=never(), headers=said)
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    tus.api.store.away = False
    assert await tus.offset(url) == 0
