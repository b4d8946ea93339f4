"""Where WebhookNotifier connects to, and what cannot trick it into connecting elsewhere."""

import asyncio
import base64
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from pipeline.adapters.webhook import (
    NoticeFailed,
    NoticeRefused,
    PinnedTransport,
    Resolve,
    WebhookNotifier,
    is_public,
    resolve_by_system,
)
from pipeline.settings import NoticeSettings

SECRET = SecretStr("whsec_" + base64.b64encode(bytes(range(32))).decode())
PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001:830::200e"]
NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",  # carrier-grade NAT
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",  # 6to4
    "2001:0:7f00:1::",  # Teredo
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


def answering(*answers: Sequence[str]) -> tuple[Resolve, list[str]]:
    """A resolver that gives one answer after another, and the names it was asked for."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


class Recording(httpx.AsyncBaseTransport):
    """Connects nowhere: notes each request, and cannot reach the hosts in `down`."""

    def __init__(self, *down: str) -> None:
        self.requests: list[httpx.Request] = []
        self._down = down

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host in self._down:
            raise httpx.ConnectError("It is down.")
        return httpx.Response(204)


async def post(inner: Recording, resolve: Resolve, url: str, *, allow_private: bool = False) -> None:
    transport = PinnedTransport(inner, resolve, allow_private=allow_private)
    async with httpx.AsyncClient(transport=transport) as client:
        await client.post(url, content=b"body")


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "2130706433", "0x7f.1", "0", "[::ffff:127.0.0.1]"],
)
async def test_this_machine_and_its_network_are_refused_however_they_are_written(host: str) -> None:
    connections: list[object] = []
    server = await asyncio.start_server(lambda *streams: connections.append(streams), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    notifier = WebhookNotifier(NoticeSettings(secret=SECRET))
    with pytest.raises(NoticeRefused):
        await notifier.send(f"http://{host}:{port}/", message_id="msg_1", payload={})
    server.close()
    assert connections == []


async def test_a_name_that_leads_to_a_private_address_is_refused() -> None:
    inner = Recording()
    with pytest.raises(NoticeRefused, match=r"intranet\.example"):
        await post(inner, answering(["10.1.2.3"])[0], "https://intranet.example/")
    assert inner.requests == []


async def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    inner = Recording()
    with pytest.raises(NoticeRefused):
        await post(inner, answering(["93.184.215.14", "127.0.0.1"])[0], "https://mixed.example/")
    assert inner.requests == []


async def test_a_name_whose_second_answer_is_private_is_asked_for_only_once() -> None:
    resolve, asked = answering(["93.184.215.14"], ["127.0.0.1"])
    inner = Recording()
    await post(inner, resolve, "https://rebinding.example:8443/hook?x=1")
    (sent,) = inner.requests
    assert asked == ["rebinding.example"]
    assert str(sent.url) == "https://93.184.215.14:8443/hook?x=1"


async def test_host_and_tls_keep_the_name() -> None:
    inner = Recording()
    await post(inner, answering(["93.184.215.14"])[0], "https://bücher.example:8443/")
    (sent,) = inner.requests
    assert sent.headers["host"] == "xn--bcher-kva.example:8443"
    assert sent.extensions["sni_hostname"] == "xn--bcher-kva.example"


async def test_the_next_address_is_tried_when_one_is_down() -> None:
    inner = Recording("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    resolve, _ = answering(["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "93.184.215.14"])
    await post(inner, resolve, "https://both.example/")
    assert [sent.url.host for sent in inner.requests][1] == "93.184.215.14"


async def test_a_private_address_is_taken_when_that_is_allowed() -> None:
    inner = Recording()
    await post(inner, answering(["10.1.2.3"])[0], "http://intranet.example/", allow_private=True)
    assert inner.requests[0].url.host == "10.1.2.3"


async def test_a_name_that_is_no_name_is_refused() -> None:
    with pytest.raises(NoticeRefused):
        await post(Recording(), resolve_by_system, f"http://{'a' * 70}.example/")


# --- TLS


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate of hooks.test that this process trusts, in one file with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    file, key = tmp_path / "hooks.pem", tmp_path / "hooks.key"
    subject = ["-subj", "/CN=hooks.test", "-addext", "subjectAltName=DNS:hooks.test"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", key, "-out", file], check=True, capture_output=True)
    file.write_text(file.read_text() + key.read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@asynccontextmanager
async def tls_receiver(certificate: Path, names: list[str | None]) -> AsyncIterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def private_notifier(address: str) -> WebhookNotifier:
    return WebhookNotifier(NoticeSettings(secret=SECRET, allow_private=True), answering([address])[0])


async def test_a_certificate_is_checked_against_the_name_and_not_the_address(certificate: Path) -> None:
    names: list[str | None] = []
    async with tls_receiver(certificate, names) as port:
        await private_notifier("127.0.0.1").send(
            f"https://hooks.test:{port}/", message_id="msg_1", payload={}
        )
    assert names == ["hooks.test"]


async def test_a_certificate_of_another_name_is_not_accepted(certificate: Path) -> None:
    async with tls_receiver(certificate, []) as port:
        notifier = private_notifier("127.0.0.1")
        with pytest.raises(NoticeFailed, match="certificate"):
            await notifier.send(f"https://other.test:{port}/", message_id="msg_1", payload={})
