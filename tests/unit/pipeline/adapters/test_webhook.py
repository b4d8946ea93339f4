"""WebhookNotifier against a receiver on loopback that records what it got."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from pipeline.adapters.webhook import (
    NoticeFailed,
    NoticeRefused,
    NoticeRejected,
    NoticeUnsigned,
    WebhookNotifier,
)
from pipeline.errors import Permanent, Transient
from pipeline.settings import NoticeSettings

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
PAYLOAD: Mapping[str, object] = {"type": "video.ready", "data": {"title": "Ünïcode ☃"}}


@dataclass
class Received:
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n"
    hangs: bool = False
    trickles: bool = False
    received: list[Received] = field(default_factory=list)
    port: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[asyncio.StreamWriter] = field(default_factory=list)

    def url(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/hooks?of=me"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
        body = await reader.readexactly(int(headers["content-length"]))
        self.received.append(Received(head[0].split()[1], headers, body))
        if self.hangs:
            await self.let_go.wait()
        while self.trickles and not self.let_go.is_set():
            writer.write(b"H")
            await asyncio.sleep(0.02)
        writer.write(self.answer)
        writer.close()


@asynccontextmanager
async def listening(receiver: Receiver, host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    server = await asyncio.start_server(receiver.serve, host, 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.close()
        for connection in receiver.connections:
            connection.transport.abort()
        await asyncio.sleep(0)  # the loop's next turn closes their sockets


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening(Receiver()) as receiver:
        yield receiver


def notifier(
    *, secret: str | None = SECRET, timeout: float = 5, allow_private: bool = True
) -> WebhookNotifier:
    return WebhookNotifier(
        NoticeSettings(
            secret=SecretStr(secret) if secret is not None else None,
            allow_private=allow_private,
            timeout=timedelta(seconds=timeout),
        )
    )


async def test_a_notice_arrives_with_a_signature_that_the_standard_verifies(receiver: Receiver) -> None:
    await notifier().send(receiver.url(), message_id="msg_1", payload=PAYLOAD)
    (got,) = receiver.received
    assert Webhook(SECRET).verify(got.body, got.headers) == PAYLOAD
    assert got.target == "/hooks?of=me"
    assert got.headers["webhook-id"] == "msg_1"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


async def test_a_repeated_notice_has_the_same_id_and_body(receiver: Receiver) -> None:
    for _ in range(2):
        await notifier().send(receiver.url(), message_id="msg_1", payload=PAYLOAD)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "msg_1"
    assert first.body == second.body


async def test_the_receiver_is_called_by_its_name_though_connected_to_by_address(receiver: Receiver) -> None:
    await notifier().send(receiver.url("localhost"), message_id="msg_1", payload=PAYLOAD)
    assert receiver.received[0].headers["host"] == f"localhost:{receiver.port}"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_success(receiver: Receiver, status: int) -> None:
    receiver.answer = f"HTTP/1.1 {status} Fine\r\ncontent-length: 0\r\n\r\n".encode()
    await notifier().send(receiver.url(), message_id="msg_1", payload=PAYLOAD)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
async def test_a_receiver_that_does_not_want_it_is_not_asked_again(receiver: Receiver, status: int) -> None:
    receiver.answer = f"HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n".encode()
    with pytest.raises(NoticeRejected, match=str(status)) as caught:
        await notifier().send(receiver.url(), message_id="msg_1", payload=PAYLOAD)
    assert isinstance(caught.value, Permanent)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_receiver_in_trouble_is_asked_again(receiver: Receiver, status: int) -> None:
    receiver.answer = f"HTTP/1.1 {status} Later\r\ncontent-length: 0\r\n\r\n".encode()
    with pytest.raises(NoticeFailed, match=str(status)) as caught:
        await notifier().send(receiver.url(), message_id="msg_1", payload=PAYLOAD)
    assert isinstance(caught.value, Transient)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    async with listening(Receiver()) as elsewhere:
        location = f"location: {elsewhere.url()}\r\ncontent-length: 0"
        receiver.answer = f"HTTP/1.1 {status} There\r\n{location}\r\n\r\n".encode()
        with pytest.raises(NoticeRejected, match=str(status)):
            await notifier().send(receiver.url(), message_id="msg_1", payload=PAYLOAD)
        assert elsewhere.received == []


async def test_a_receiver_that_does_not_answer_is_given_up_within_the_timeout(receiver: Receiver) -> None:
    receiver.hangs = True
    began = time.monotonic()
    with pytest.raises(NoticeFailed, match=r"0\.2 s"):
        await notifier(timeout=0.2).send(receiver.url(), message_id="msg_1", payload=PAYLOAD)
    assert time.monotonic() - began < 2


async def test_a_receiver_that_trickles_is_given_up_within_the_same_timeout(receiver: Receiver) -> None:
    receiver.trickles = True
    began = time.monotonic()
    with pytest.raises(NoticeFailed):
        await notifier(timeout=0.3).send(receiver.url(), message_id="msg_1", payload=PAYLOAD)
    assert time.monotonic() - began < 2


async def test_an_endless_answer_is_not_read() -> None:
    receiver = Receiver(answer=b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n" + bytes(100_000))
    async with listening(receiver):
        await notifier().send(receiver.url(), message_id="msg_1", payload=PAYLOAD)


@pytest.mark.parametrize("answer", [b"", b"this is not HTTP\r\n\r\n", b"HTTP/1.1 999999 No\r\n\r\n"])
async def test_an_answer_that_is_not_http_is_a_failure_to_be_tried_again(
    receiver: Receiver, answer: bytes
) -> None:
    receiver.answer = answer
    with pytest.raises(NoticeFailed):
        await notifier().send(receiver.url(), message_id="msg_1", payload=PAYLOAD)


async def test_a_receiver_that_is_down_or_unknown_is_asked_again() -> None:
    for url in ("http://127.0.0.1:1/", "http://no-such-host.invalid/"):
        with pytest.raises(NoticeFailed):
            await notifier().send(url, message_id="msg_1", payload=PAYLOAD)


@pytest.mark.parametrize("secret", [None, "", "whsec_", "whsec_x"])
async def test_nothing_is_sent_unsigned(receiver: Receiver, secret: str | None) -> None:
    with pytest.raises(NoticeUnsigned) as caught:
        await notifier(secret=secret).send(receiver.url(), message_id="msg_1", payload=PAYLOAD)
    assert "REELMILL_NOTICE__SECRET" in caught.value.hint
    assert receiver.received == []


async def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    await notifier().send(receiver.url(), message_id="msg_1", payload=PAYLOAD)
    assert json.loads(receiver.received[0].body) == PAYLOAD


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//host/path",
        "just words",
        "http://",
        "http://a:99999/",
        "http://\0/",
    ],
)
async def test_only_web_addresses_are_taken(url: str) -> None:
    with pytest.raises(NoticeRefused):
        await notifier().send(url, message_id="msg_1", payload=PAYLOAD)
