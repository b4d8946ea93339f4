"""Resumable uploads on a real socket: connections that break, two writers at once, a server that stops."""

import asyncio
import base64
import hashlib
import socket

import httpx

from tests.chain import eventually
from tests.integration.test_api_socket import PART, Served, served

VERSION = {"Tus-Resumable": "1.0.0"}
STREAM = {"Content-Type": "application/offset+octet-stream"}


def content(size: int) -> bytes:
    return bytes(index % 251 for index in range(size))


async def begin(api: Served, length: int) -> str:
    async with httpx.AsyncClient(base_url=api.url) as http:
        answer = await http.post("/v1/uploads", headers=VERSION | {"Upload-Length": str(length)})
        return str(answer.headers["Location"])


async def ask(api: Served, method: str, url: str, sent: bytes = b"", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as http:
        return await http.request(method, url, content=sent, headers=VERSION | named)


async def offset(api: Served, url: str) -> int:
    return int((await ask(api, "HEAD", url)).headers["Upload-Offset"])


async def finish(api: Served, url: str, whole: bytes) -> bytes:
    """Goes on from where it is; returns what the store then has."""
    start = await offset(api, url)
    answer = await ask(api, "PATCH", url, whole[start:], upload_offset=str(start), **STREAM)
    assert answer.status_code == 204, answer.text
    video_id = answer.headers["Reelmill-Video"]
    return b"".join([block async for block in api.store.read(f"{video_id}/source")])


async def connect(
    api: Served, url: str, start: int, length: int, sent: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A PATCH that has sent some of what it said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    head = (
        f"PATCH {url} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {start}\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n"
    )
    writer.write(head.encode() + sent)
    await writer.drain()
    return reader, writer


async def has_come(api: Served, url: str, size: int) -> None:
    """Asks the ledger, not the API: HEAD would stop the writer."""

    async def enough() -> bool:
        upload, _ = await api.chain.ledger.resumable(url.rpartition("/")[2])
        return upload.offset >= size

    await eventually(enough)


async def accepted(api: Served, url: str) -> None:
    async def over() -> bool:
        return (await api.chain.ledger.resumable(url.rpartition("/")[2]))[0].accepted

    await eventually(over)


async def test_every_byte_that_came_before_a_break_is_kept() -> None:
    whole = content(3 * PART + 1000)
    async with served() as api:
        url = await begin(api, len(whole))
        _, writer = await connect(api, url, 0, len(whole), whole[: 2 * PART + 777])
        await has_come(api, url, PART)
        writer.close()
        await has_come(api, url, 2 * PART + 777)
        assert await offset(api, url) == 2 * PART + 777
        assert await finish(api, url, whole) == whole


async def test_a_reset_connection_loses_nothing_that_is_safe() -> None:
    whole = content(3 * PART)
    async with served() as api:
        url = await begin(api, len(whole))
        _, writer = await connect(api, url, 0, len(whole), whole[: 2 * PART + 5])
        await has_come(api, url, PART)
        writer.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
        )
        writer.transport.abort()
        assert await offset(api, url) >= PART
        assert await finish(api, url, whole) == whole


async def test_whoever_asks_how_far_it_is_stops_a_writer_that_stands_still_and_counts_its_bytes() -> None:
    whole = content(3 * PART)
    async with served() as api:
        url = await begin(api, len(whole))
        reader, writer = await connect(api, url, 0, len(whole), whole[: PART + 99])
        await has_come(api, url, PART)
        assert await offset(api, url) == PART + 99
        assert b"upload_taken_over" in await reader.read()
        writer.close()
        assert await finish(api, url, whole) == whole


async def test_a_second_writer_stops_the_first_and_goes_on() -> None:
    whole = content(4 * PART)
    async with served() as api:
        url = await begin(api, len(whole))
        reader, writer = await connect(api, url, 0, len(whole), whole[:PART])
        await has_come(api, url, PART)
        second = await ask(api, "PATCH", url, whole[PART:], upload_offset=str(PART), **STREAM)
        assert second.status_code == 204
        first = await reader.read()
        assert b"HTTP/1.1 422" in first
        assert b"upload_taken_over" in first
        writer.close()
        video_id = second.headers["Reelmill-Video"]
        assert b"".join([block async for block in api.store.read(f"{video_id}/source")]) == whole


async def test_a_server_that_stops_keeps_what_has_come_and_says_so() -> None:
    whole = content(3 * PART)
    async with served(grace=1) as api:
        url = await begin(api, len(whole))
        reader, writer = await connect(api, url, 0, len(whole), whole[: PART + 42])
        await has_come(api, url, PART)
        api.server.should_exit = True
        answer = await reader.read()
        assert b"503" in answer.partition(b"\r\n")[0]
        assert b"upload_interrupted" in answer
        writer.close()
        upload, busy = await api.chain.ledger.resumable(url.rpartition("/")[2])
        assert (upload.offset, busy) == (PART + 42, False)


async def test_a_deleted_upload_stops_its_writer_and_leaves_nothing() -> None:
    async with served() as api:
        url = await begin(api, 9 * PART)
        reader, writer = await connect(api, url, 0, 9 * PART, content(2 * PART + 9))
        await has_come(api, url, PART)
        assert (await ask(api, "DELETE", url)).status_code == 204
        assert b"HTTP/1.1 4" in await reader.read()
        writer.close()
        assert await api.left_over() == []


async def test_a_store_that_forgot_its_parts_sets_the_upload_back_to_0_and_it_ends_well() -> None:
    whole = content(3 * PART)
    async with served() as api:
        url = await begin(api, len(whole))
        await ask(api, "PATCH", url, whole[: 2 * PART], upload_offset="0", **STREAM)
        api.store.uploads.clear()
        answer = await ask(api, "PATCH", url, whole[2 * PART :], upload_offset=str(2 * PART), **STREAM)
        assert (answer.status_code, answer.json()["code"]) == (409, "upload_set_back")
        assert await offset(api, url) == 0
        assert await finish(api, url, whole) == whole


async def test_a_store_that_is_away_costs_only_the_bytes_that_it_did_not_take() -> None:
    whole = content(3 * PART)
    async with served() as api:
        url = await begin(api, len(whole))
        await ask(api, "PATCH", url, whole[:PART], upload_offset="0", **STREAM)
        api.store.away = True
        answer = await ask(api, "PATCH", url, whole[PART:], upload_offset=str(PART), **STREAM)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert "Retry-After" in answer.headers
        api.store.away = False
        assert await finish(api, url, whole) == whole


async def test_a_client_that_missed_the_last_answer_finds_all_of_it_there() -> None:
    whole = content(2 * PART + 3)
    async with served() as api:
        url = await begin(api, len(whole))
        _, writer = await connect(api, url, 0, len(whole), whole)
        await accepted(api, url)
        writer.transport.abort()
        assert await offset(api, url) == len(whole)
        again = await ask(api, "PATCH", url, whole[PART:], upload_offset=str(PART), **STREAM)
        assert again.status_code == 409
        assert (await ask(api, "PATCH", url, b"", upload_offset=str(len(whole)), **STREAM)).status_code == 204


async def test_uploads_beyond_the_memory_wait_and_a_slow_one_makes_way() -> None:
    whole = content(2 * PART)
    async with served(memory=PART) as api:
        slow, quick = await begin(api, len(whole)), await begin(api, len(whole))
        _, writer = await connect(api, slow, 0, len(whole), whole[:100])
        answer = await ask(api, "PATCH", quick, whole, upload_offset="0", **STREAM)
        assert answer.status_code == 204
        writer.write(whole[100:])
        await writer.drain()
        await accepted(api, slow)
        writer.close()
        assert await offset(api, slow) == len(whole)


async def test_one_that_waits_for_memory_can_be_asked_about_and_ended() -> None:
    async with served(memory=PART) as api:
        await api.memory.take(PART)
        url = await begin(api, 2 * PART)
        _, writer = await connect(api, url, 0, 2 * PART, content(100))

        async def waiting() -> bool:
            return api.memory.wanted

        await eventually(waiting)
        assert await offset(api, url) == 0
        writer.close()
        _, writer = await connect(api, url, 0, 2 * PART, content(100))
        await eventually(waiting)
        assert (await ask(api, "DELETE", url)).status_code == 204
        writer.close()
        assert not api.memory.wanted


async def test_a_slow_one_with_a_checksum_makes_way_too() -> None:
    whole = content(PART)
    async with served(memory=PART) as api:
        slow, quick = await begin(api, PART), await begin(api, PART)
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        digest = base64.b64encode(hashlib.sha1(whole).digest()).decode()
        head = (
            f"PATCH {slow} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
            f"Content-Type: application/offset+octet-stream\r\nContent-Length: {PART}\r\n"
            f"Upload-Checksum: sha1 {digest}\r\n\r\n"
        )
        writer.write(head.encode() + whole[:100])
        await writer.drain()
        answer = await ask(api, "PATCH", quick, whole, upload_offset="0", **STREAM)
        assert answer.status_code == 204
        writer.write(whole[100:])
        await writer.drain()
        assert b"HTTP/1.1 204" in await reader.readline()
        writer.close()
        assert await offset(api, slow) == PART


async def test_a_slow_form_makes_way_too() -> None:
    whole = content(PART)
    async with served(memory=PART) as api:
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        head = f"POST /v1/videos?filename=a.mp4 HTTP/1.1\r\nHost: localhost\r\nContent-Length: {PART}\r\n\r\n"
        writer.write(head.encode() + whole[:100])
        await writer.drain()
        quick = await begin(api, PART)
        answer = await ask(api, "PATCH", quick, whole, upload_offset="0", **STREAM)
        assert answer.status_code == 204
        writer.write(whole[100:])
        await writer.drain()
        assert b"HTTP/1.1 202" in await reader.readline()
        writer.close()
        (_, (video, _)) = (await api.chain.ledger.page(2, None)).items
        assert b"".join([block async for block in api.store.read(video.source)]) == whole
