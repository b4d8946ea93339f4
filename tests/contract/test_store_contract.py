"""What every Store does, in memory and on a real S3 server; below it what only a real one can show."""

import asyncio
import io
import os
import subprocess
import time
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from pipeline.adapters.memory_store import MemoryStore
from pipeline.adapters.store import S3Store, StoreKeysMissing, StoreRefused
from pipeline.errors import ObjectMissing, StoreAway, UploadForgotten
from pipeline.ports import Store
from pipeline.settings import StoreSettings
from tests.servers import S3Server, _server_folder
from tests.stores import OTHERS, VARIABLE, OtherStore, other

StoreServer = S3Server | OtherStore
MIB = 1024**2
AWKWARD_KEYS = ["v1/ünïcode ☃.mp4", "v1/a b+c%20&d=e?.mp4", "v1/(1)'s [cut]#2.mp4", "v1/🎬/日本.mp4"]


def settings_at(endpoint: str) -> StoreSettings:
    return StoreSettings(endpoint=endpoint, secret_key=SecretStr("any-secret"))


def settings_for(server: StoreServer, bucket: str, secret: str | None = None) -> StoreSettings:
    return StoreSettings(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=SecretStr(secret or server.secret_key),
        bucket=bucket,
    )


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[StoreServer]:
    """The embedded one, or the one that was asked for."""
    name = other()
    if name is None:
        yield request.getfixturevalue("s3")
        return
    with _server_folder(name) as folder:
        chosen = OTHERS[name](folder)
        try:
            chosen.start()
            yield chosen
        finally:
            chosen.kill()


@pytest.fixture
def embedded(request: pytest.FixtureRequest) -> S3Server:
    """For what only it does: its temporary files, and what it forgets."""
    if other():
        pytest.skip(f"this is about the embedded server, and {VARIABLE} asks for another")
    server: S3Server = request.getfixturevalue("s3")
    return server


@pytest.fixture
def s3_store(server: StoreServer) -> Iterator[S3Store]:
    with closing(S3Store(settings_for(server, server.new_bucket()))) as store:
        yield store


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "s3":
        yield request.getfixturevalue("s3_store")
    else:
        with closing(MemoryStore()) as store:
            yield store


@pytest.fixture(params=["memory", "s3"])
def away_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "s3":
        with closing(S3Store(settings_at("http://127.0.0.1:1"))) as closed_port:
            yield closed_port
    else:
        with closing(MemoryStore()) as store:
            store.away = True
            yield store


async def content(store: Store, key: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join([block async for block in store.read(key, start, length)])


async def keys(store: Store, prefix: str = "") -> list[str]:
    return [found.key for found in await store.list(prefix)]


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for happens in other processes and threads
            await asyncio.sleep(0.005)


# --- objects


async def test_it_tells_its_time(store: Store) -> None:
    asked = datetime.now(UTC)
    assert timedelta(seconds=-1) <= await store.clock() - asked < timedelta(minutes=1)


async def test_its_time_is_told_whoever_may_not_enter_and_not_while_it_is_away(
    s3: S3Server, away_store: Store
) -> None:
    refused = settings_for(s3, "no-such-bucket").model_copy(update={"secret_key": SecretStr("wrong")})
    with closing(S3Store(refused)) as store:
        assert abs(await store.clock() - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(StoreAway):
        await away_store.clock()


async def test_an_object_that_was_put_is_there_with_its_size(store: Store) -> None:
    await store.put("v1/source/clip.mp4", b"hello", "video/mp4")
    info = await store.stat("v1/source/clip.mp4")
    assert (info.key, info.size, info.content_type) == ("v1/source/clip.mp4", 5, "video/mp4")
    assert await content(store, "v1/source/clip.mp4") == b"hello"


async def test_a_later_put_replaces_an_earlier(store: Store) -> None:
    await store.put("v1/a.mp4", b"first", "video/mp4")
    await store.put("v1/a.mp4", b"second one", "video/mp4")
    assert await content(store, "v1/a.mp4") == b"second one"
    assert (await store.stat("v1/a.mp4")).size == 10


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 256 * 1024 + 1])
async def test_bytes_come_back_as_they_went(store: Store, size: int) -> None:
    data = os.urandom(size)
    await store.put("v1/bytes.mp4", data, "video/mp4")
    assert (await store.stat("v1/bytes.mp4")).size == size
    assert await content(store, "v1/bytes.mp4") == data


@pytest.mark.parametrize("size", [0, 3 * MIB, 8 * MIB, 20 * MIB + 3])
async def test_a_file_is_stored_whatever_its_size(store: Store, tmp_path: Path, size: int) -> None:
    file = tmp_path / "file.mp4"
    file.write_bytes(os.urandom(size))
    await store.put("v1/file.mp4", file, "video/mp4")
    assert (await store.stat("v1/file.mp4")).size == size
    assert await content(store, "v1/file.mp4") == file.read_bytes()


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (3, None, b"3456789"),
        (0, 4, b"0123"),
        (3, 4, b"3456"),
        (9, 1, b"9"),
        (8, 100, b"89"),
        (10, None, b""),
        (99, None, b""),
        (99, 5, b""),
        (3, 0, b""),
    ],
)
async def test_a_range_is_read(store: Store, start: int, length: int | None, expected: bytes) -> None:
    await store.put("v1/digits.mp4", b"0123456789", "video/mp4")
    assert await content(store, "v1/digits.mp4", start, length) == expected


async def test_an_object_comes_in_small_blocks(store: Store) -> None:
    await store.put("v1/big.mp4", bytes(2 * MIB), "video/mp4")
    sizes = [len(block) async for block in store.read("v1/big.mp4")]
    assert sum(sizes) == 2 * MIB
    assert max(sizes) <= 256 * 1024


async def test_a_missing_object_is_said_to_be_missing(store: Store) -> None:
    with pytest.raises(ObjectMissing):
        await store.stat("v1/nothing.mp4")
    with pytest.raises(ObjectMissing):
        await content(store, "v1/nothing.mp4")
    with pytest.raises(ObjectMissing):
        await content(store, "v1/nothing.mp4", 5, 5)


async def test_a_folder_is_no_object(store: Store) -> None:
    await store.put("v1/folder/a.mp4", b"a", "video/mp4")
    with pytest.raises(ObjectMissing):
        await store.stat("v1/folder")
    with pytest.raises(ObjectMissing):
        await content(store, "v1/folder")


@pytest.mark.parametrize("key", AWKWARD_KEYS)
async def test_a_key_may_hold_spaces_signs_and_unicode(store: Store, key: str) -> None:
    await store.put(key, b"awkward", "video/mp4")
    assert await keys(store, "v1/") == [key]
    assert await content(store, key) == b"awkward"
    await store.delete([key])
    assert await keys(store) == []


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("0001.m4s", "video/iso.segment"),
        ("large.webp", "image/webp"),
        ("large.jpg", "image/jpeg"),
        ("init.mp4", "video/mp4"),
    ],
)
async def test_an_object_keeps_its_content_type(store: Store, name: str, content_type: str) -> None:
    await store.put(f"v1/1/{name}", b"x", content_type)
    assert (await store.stat(f"v1/1/{name}")).content_type == content_type


async def test_everything_below_a_prefix_is_listed_and_nothing_else(store: Store) -> None:
    for key in ("v1/1/a.mp4", "v1/1/deep/er/b.mp4", "v1/2/c.mp4", "v10/1/d.mp4", "v2/e.mp4"):
        await store.put(key, key.encode(), "video/mp4")
    assert sorted(await keys(store, "v1/")) == ["v1/1/a.mp4", "v1/1/deep/er/b.mp4", "v1/2/c.mp4"]
    assert [(found.key, found.size) for found in await store.list("v1/2/")] == [("v1/2/c.mp4", 10)]
    assert await keys(store, "v3/") == []


async def test_a_list_goes_beyond_one_page(store: Store) -> None:
    await asyncio.gather(*(store.put(f"v1/{n:04}.m4s", b"", "video/mp4") for n in range(1005)))
    assert len(await keys(store, "v1/")) == 1005
    await store.delete(await keys(store, "v1/"))
    assert await keys(store, "v1/") == []


async def test_objects_are_deleted_and_missing_ones_do_not_matter(store: Store) -> None:
    for name in ("a", "b", "c"):
        await store.put(f"v1/{name}.mp4", b"x", "video/mp4")
    await store.delete(["v1/a.mp4", "v1/never.mp4", "no/such/folder.mp4", "v1/b.mp4"])
    assert await keys(store) == ["v1/c.mp4"]
    await store.delete(["v1/a.mp4"])
    await store.delete([])


async def test_many_objects_are_put_at_once(store: Store) -> None:
    await asyncio.gather(
        *(store.put(f"v1/{n}/seg.m4s", str(n).encode() * 1000, "video/mp4") for n in range(60))
    )
    read = await asyncio.gather(*(content(store, f"v1/{n}/seg.m4s") for n in range(60)))
    assert read == [str(n).encode() * 1000 for n in range(60)]


# --- multipart uploads


async def test_parts_are_joined_in_order(store: Store) -> None:
    parts = [os.urandom(5 * MIB) for _ in range(3)] + [b"tail"]
    upload = await store.start_upload("v1/source.mp4", "video/mp4")
    for part in parts:
        await upload.add(part)
    await upload.complete()
    assert (await store.stat("v1/source.mp4")).size == 15 * MIB + 4
    assert await content(store, "v1/source.mp4") == b"".join(parts)


async def test_nothing_is_visible_before_an_upload_is_complete(store: Store) -> None:
    upload = await store.start_upload("v1/source.mp4", "video/mp4")
    await upload.add(bytes(5 * MIB))
    assert await keys(store) == []
    with pytest.raises(ObjectMissing):
        await store.stat("v1/source.mp4")
    await upload.complete()
    assert await keys(store) == ["v1/source.mp4"]


async def test_an_upload_of_no_parts_is_an_empty_object(store: Store) -> None:
    upload = await store.start_upload("v1/empty.mp4", "video/mp4")
    await upload.complete()
    assert (await store.stat("v1/empty.mp4")).size == 0


async def test_an_aborted_upload_leaves_nothing(store: Store) -> None:
    upload = await store.start_upload("v1/source.mp4", "video/mp4")
    await upload.add(bytes(5 * MIB))
    await upload.abort()
    assert await keys(store) == []
    with pytest.raises(StoreAway):
        await upload.complete()


async def test_aborting_twice_or_what_never_was_is_harmless(store: Store) -> None:
    upload = await store.start_upload("v1/source.mp4", "video/mp4")
    await upload.abort()
    await upload.abort()
    await store.abort_upload("v1/source.mp4", upload.upload_id)
    await store.abort_upload("v1/other.mp4", "no-such-upload")


async def test_aborting_what_is_complete_keeps_the_object(store: Store) -> None:
    upload = await store.start_upload("v1/source.mp4", "video/mp4")
    await upload.add(b"whole")
    await upload.complete()
    await store.abort_upload("v1/source.mp4", upload.upload_id)
    assert await content(store, "v1/source.mp4") == b"whole"


async def test_an_upload_can_be_aborted_by_its_id_alone(store: Store) -> None:
    upload = await store.start_upload("v1/source.mp4", "video/mp4")
    await upload.add(bytes(5 * MIB))
    await store.abort_upload("v1/source.mp4", upload.upload_id)
    with pytest.raises(StoreAway):
        await upload.add(b"more")


async def test_two_uploads_of_one_key_do_not_mix(store: Store) -> None:
    first = await store.start_upload("v1/source.mp4", "video/mp4")
    second = await store.start_upload("v1/source.mp4", "video/mp4")
    await first.add(b"first")
    await second.add(b"second")
    await second.complete()
    await first.abort()
    assert await content(store, "v1/source.mp4") == b"second"


# --- places


async def test_what_is_located_can_be_opened_by_ffmpeg(store: Store) -> None:
    await store.put("v1/a tone ☃.wav", one_second_of_silence(), "audio/wav")
    asked = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]
    told = await asyncio.to_thread(
        subprocess.run, [*asked, store.locate("v1/a tone ☃.wav")], capture_output=True, check=True
    )
    assert float(told.stdout) == 1.0


def one_second_of_silence() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    return file.getvalue()


# --- outages


async def test_a_store_that_is_away_says_so_everywhere_within_seconds(away_store: Store) -> None:
    began = time.monotonic()
    assert not await away_store.ready()
    for call in (
        away_store.prepare(),
        away_store.start_upload("a", "video/mp4"),
        away_store.abort_upload("a", "id"),
        away_store.put("a", b"x", "video/mp4"),
        away_store.stat("a"),
        away_store.list("a"),
        away_store.delete(["a"]),
        content(away_store, "a"),
    ):
        with pytest.raises(StoreAway):
            await call
    assert time.monotonic() - began < 10


async def test_a_store_that_answers_is_ready(store: Store) -> None:
    await store.prepare()
    assert await store.ready()


# --- what only a real server can show


async def test_a_bucket_is_made_once(server: StoreServer) -> None:
    with closing(S3Store(settings_for(server, "made-once"))) as store:
        assert not await store.ready()
        await asyncio.gather(*(store.prepare() for _ in range(8)))
        assert await store.ready()


async def test_a_missing_bucket_is_an_outage_and_not_the_videos_fault(server: StoreServer) -> None:
    with (
        closing(S3Store(settings_for(server, "never-made"))) as store,
        pytest.raises(StoreAway, match="NoSuchB"),
    ):
        await store.list("")


async def test_a_wrong_key_is_an_outage_and_not_the_videos_fault(
    s3_store: S3Store, server: StoreServer
) -> None:
    settings = settings_for(server, "never-made", secret="wrong-secret")
    with closing(S3Store(settings)) as store, pytest.raises(StoreAway, match="403"):
        await store.put("a", b"x", "video/mp4")


def test_a_store_without_keys_refuses_to_start() -> None:
    with pytest.raises(StoreKeysMissing):
        S3Store(StoreSettings(access_key="reelmill", secret_key=SecretStr("")))


async def test_a_request_that_the_server_finds_bad_costs_an_attempt(s3_store: S3Store) -> None:
    with pytest.raises(StoreRefused, match="KeyTooLong"):
        await s3_store.put("k" * 1025, b"x", "video/mp4")


async def test_an_abort_while_a_cancelled_part_is_still_being_sent_leaves_nothing(
    s3_store: S3Store, embedded: S3Server
) -> None:
    upload = await s3_store.start_upload("v1/source.mp4", "video/mp4")
    adding = asyncio.create_task(upload.add(os.urandom(32 * MIB)))
    await eventually(lambda: temporary_files(embedded) > 0)
    adding.cancel()
    await asyncio.wait([adding])
    await upload.abort()
    assert await keys(s3_store) == []
    await eventually(lambda: temporary_files(embedded) == 0)


async def test_a_cancelled_put_of_a_file_leaves_nothing(
    s3_store: S3Store, embedded: S3Server, tmp_path: Path
) -> None:
    file = tmp_path / "file.mp4"
    file.write_bytes(bytes(64 * MIB))
    putting = asyncio.create_task(s3_store.put("v1/file.mp4", file, "video/mp4"))
    await eventually(lambda: temporary_files(embedded) > 0)
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await keys(s3_store) == []
    await eventually(lambda: temporary_files(embedded) == 0)


def temporary_files(embedded: S3Server) -> int:
    return len([*embedded.folder.rglob(".rclone_temp_*")])


async def test_an_abandoned_read_closes_its_connection(s3_store: S3Store) -> None:
    await s3_store.put("v1/big.mp4", bytes(8 * MIB), "video/mp4")
    await s3_store.stat("v1/big.mp4")
    before = open_files()
    readers = [s3_store.read("v1/big.mp4") for _ in range(10)]
    await asyncio.gather(*(anext(reader) for reader in readers))
    assert open_files() > before
    await asyncio.gather(*(close(reader) for reader in readers))
    await eventually(lambda: open_files() <= before)
    assert len(await content(s3_store, "v1/big.mp4")) == 8 * MIB


async def close(reader: AsyncIterator[bytes]) -> None:
    await reader.aclose()  # type: ignore[attr-defined]


def open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


async def test_a_read_from_a_server_that_stopped_talking_is_cancelled_at_once() -> None:
    beginning = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + bytes(256 * 1024)
    async with stalling_server(beginning) as endpoint:
        with closing(S3Store(settings_at(endpoint))) as store:
            reader = store.read("v1/stalled.mp4")
            await anext(reader)
            began = time.monotonic()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(reader), 0.1)
            await asyncio.to_thread(store._threads._pool.shutdown)
            assert time.monotonic() - began < 5


async def test_a_server_that_never_answers_is_not_ready() -> None:
    async with stalling_server(b"") as endpoint:
        with closing(S3Store(settings_at(endpoint))) as store:
            began = time.monotonic()
            assert not await store.ready()
            assert time.monotonic() - began < 8


@asynccontextmanager
async def stalling_server(answer: bytes) -> AsyncIterator[str]:
    """Sends `answer` and then nothing, on connections that stay open."""
    open_connections: list[asyncio.StreamWriter] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_connections.append(writer)
        writer.write(answer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.close()
        for writer in open_connections:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def test_a_server_that_was_restarted_loses_uploads_under_way_and_serves_on(
    s3_store: S3Store, embedded: S3Server
) -> None:
    await s3_store.put("v1/kept.mp4", b"kept", "video/mp4")
    upload = await s3_store.start_upload("v1/source.mp4", "video/mp4")
    await upload.add(bytes(5 * MIB))
    embedded.kill()  # from this thread: the server dies with the thread that started it
    with pytest.raises(StoreAway):
        await upload.add(bytes(5 * MIB))
    embedded.start()
    with pytest.raises(StoreAway):
        await upload.add(bytes(5 * MIB))
    await upload.abort()
    assert await keys(s3_store) == ["v1/kept.mp4"]
    assert await content(s3_store, "v1/kept.mp4") == b"kept"


# --- an upload that anybody goes on with


async def begun(store: Store, key: str) -> str:
    return (await store.start_upload(key, "video/mp4")).upload_id


async def test_an_upload_is_gone_on_with_by_whoever_knows_its_id(store: Store) -> None:
    first, last = os.urandom(5 * MIB), b"the end"
    upload = await begun(store, "v1/source")
    etags = [await store.put_part("v1/source", upload, 1, bytearray(first))]
    etags.append(await store.put_part("v1/source", upload, 2, last))
    await store.complete_upload("v1/source", upload, etags)
    assert await content(store, "v1/source") == first + last


async def test_the_same_part_may_come_twice(store: Store) -> None:
    first, last = os.urandom(5 * MIB), b"the end"
    upload = await begun(store, "v1/source")
    etags = [await store.put_part("v1/source", upload, 1, first)]
    assert await store.put_part("v1/source", upload, 1, first) == etags[0]
    etags.append(await store.put_part("v1/source", upload, 2, last))
    assert await store.put_part("v1/source", upload, 1, first) == etags[0]
    await store.complete_upload("v1/source", upload, etags)
    assert await content(store, "v1/source") == first + last


async def test_an_upload_that_the_store_does_not_know_is_forgotten(store: Store) -> None:
    upload = await begun(store, "v1/source")
    etag = await store.put_part("v1/source", upload, 1, b"all of it")
    await store.abort_upload("v1/source", upload)
    with pytest.raises(UploadForgotten):
        await store.put_part("v1/source", upload, 2, b"more")
    with pytest.raises(UploadForgotten):
        await store.complete_upload("v1/source", upload, [etag])


async def test_completing_an_upload_again_changes_nothing(store: Store) -> None:
    upload = await begun(store, "v1/source")
    etag = await store.put_part("v1/source", upload, 1, b"all of it")
    await store.complete_upload("v1/source", upload, [etag])
    with suppress(UploadForgotten):  # some stores remember for a while, and say yes once more
        await store.complete_upload("v1/source", upload, [etag])
    assert await content(store, "v1/source") == b"all of it"


async def test_other_bytes_for_a_part_are_never_mixed_with_the_first(store: Store) -> None:
    upload = await begun(store, "v1/source")
    etag = await store.put_part("v1/source", upload, 1, os.urandom(5 * MIB))
    with suppress(UploadForgotten):  # some stores take them, and then the first ETag counts no more
        await store.put_part("v1/source", upload, 1, os.urandom(5 * MIB))
        with pytest.raises(UploadForgotten):
            await store.complete_upload("v1/source", upload, [etag])


async def test_a_killed_embedded_store_has_forgotten_its_uploads(
    embedded: S3Server, s3_store: S3Store
) -> None:
    upload = await begun(s3_store, "v1/source")
    await s3_store.put_part("v1/source", upload, 1, os.urandom(5 * MIB))
    embedded.kill()
    embedded.start()
    with pytest.raises(UploadForgotten):
        await s3_store.put_part("v1/source", upload, 2, b"more")


# --- parts that others put


async def test_a_part_can_be_put_by_its_address_alone(s3_store: S3Store) -> None:
    """As a browser does; parts and what is made of them are the same as if we had sent them."""
    first, last = os.urandom(5 * MIB), b"the end"
    upload = await s3_store.start_upload("v1/source", "video/mp4")
    etags = []
    async with httpx.AsyncClient(timeout=60, trust_env=False) as browser:
        for number, part in enumerate((first, last), start=1):
            address = s3_store.address_of_part("v1/source", upload.upload_id, number)
            answer = (await browser.put(address, content=part)).raise_for_status()
            etags.append(answer.headers["ETag"].strip('"'))
    await s3_store.complete_upload("v1/source", upload.upload_id, etags)
    assert await content(s3_store, "v1/source") == first + last


async def test_an_address_of_a_part_is_good_for_that_part_alone(s3_store: S3Store) -> None:
    upload = await s3_store.start_upload("v1/source", "video/mp4")
    address = s3_store.address_of_part("v1/source", upload.upload_id, 1)
    async with httpx.AsyncClient(trust_env=False) as browser:
        for other in (address.replace("partNumber=1", "partNumber=2"), address.replace("source", "other")):
            assert (await browser.put(other, content=b"x")).status_code == 403
    await upload.abort()


async def test_the_addresses_of_parts_are_those_that_browsers_reach(server: StoreServer) -> None:
    settings = settings_for(server, "bucket").model_copy(
        update={"public_endpoint": "https://store.example.com"}
    )
    with closing(S3Store(settings)) as store:
        assert store.address_of_part("v1/source", "id", 1).startswith("https://store.example.com/bucket/v1/")
        assert store.locate("v1/source").startswith(server.endpoint)
