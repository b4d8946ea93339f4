"""Notices as webhooks signed as https://www.standardwebhooks.com says, sent to none but public addresses.

The address that was checked is the one that is connected to, so no DNS answer can change in between.
"""

import asyncio
import binascii
import json
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpx
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from pipeline.errors import Permanent, Transient
from pipeline.settings import NoticeSettings

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host's name and port to its addresses."""

_WORTH_ANOTHER_TRY = {408, 425, 429}
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # leaves out IPv4-mapped and NAT64, which hide any IPv4 address
_SPECIAL = [ip_network(n) for n in ("2001::/23", "2002::/16", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")]
"""Tunnels, which hide an IPv4 address too, and blocks that not every Python counts as special."""


class NoticeUnsigned(Permanent):
    code = "notice_unsigned"
    message = "The notice cannot be signed."
    hint = "Set REELMILL_NOTICE__SECRET to `whsec_` followed by the base64 of 24 to 64 random bytes."


class NoticeRefused(Permanent):
    code = "notice_refused_address"
    message = "Reelmill does not send notices to that address."
    hint = "Give an http or https URL on a public address, or set REELMILL_NOTICE__ALLOW_PRIVATE=true."


class NoticeRejected(Permanent):
    code = "notice_rejected"
    message = "The receiver of the notice does not want it."
    hint = "Check that the notify_url is right and answers a POST with 2xx; redirects are not followed."


class NoticeFailed(Transient):
    code = "notice_failed"
    message = "The notice did not get through."
    hint = "It is tried again by itself; check that the receiver runs and answers within the timeout."


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in answers]


class WebhookNotifier:
    """See ports.Notifier."""

    def __init__(self, settings: NoticeSettings, resolve: Resolve = resolve_by_system) -> None:
        self._settings = settings
        self._resolve = resolve
        self._tls = httpx.create_ssl_context()

    async def send(self, url: str, *, message_id: str, payload: Mapping[str, object]) -> None:
        """Raises NoticeUnsigned, NoticeRefused, NoticeRejected or NoticeFailed."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        headers = {"content-type": "application/json", "user-agent": "Reelmill"}
        headers |= _signature(self._settings, message_id, body)
        _judge(await self._post(_web_address(url), body.encode(), headers))

    async def _post(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> int:
        """The status. What the receiver says beyond it is never read."""
        seconds = self._settings.timeout.total_seconds()
        try:
            async with (
                asyncio.timeout(seconds),
                # a client for each notice: a kept connection would outlive the check of its address
                httpx.AsyncClient(transport=self._transport(), timeout=seconds, trust_env=False) as client,
                client.stream("POST", url, content=body, headers=headers) as response,
            ):
                return response.status_code
        except TimeoutError as error:
            raise NoticeFailed(f"There was no answer within {seconds:g} s.") from error
        except (httpx.HTTPError, OSError) as error:
            raise NoticeFailed(str(error) or type(error).__name__) from error

    def _transport(self) -> httpx.AsyncBaseTransport:
        inner = httpx.AsyncHTTPTransport(verify=self._tls)
        return PinnedTransport(inner, self._resolve, allow_private=self._settings.allow_private)


class PinnedTransport(httpx.AsyncBaseTransport):
    """Resolves a name once, checks what it got, and connects to just that; Host and TLS keep the name."""

    def __init__(self, inner: httpx.AsyncBaseTransport, resolve: Resolve, *, allow_private: bool) -> None:
        self._inner = inner
        self._resolve = resolve
        self._allow_private = allow_private

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        addresses = await self._addresses(request.url)
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_pinned(request, addresses[-1]))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _addresses(self, url: httpx.URL) -> Sequence[str]:
        host = url.raw_host.decode("ascii")
        try:
            addresses = [*dict.fromkeys(await self._resolve(host, url.port or 0))]
        except UnicodeError as error:  # how Python says that a name is too long
            raise NoticeRefused(f"{host} is not a host's name.") from error
        if not self._allow_private and not all(is_public(ip_address(address)) for address in addresses):
            raise NoticeRefused(f"{host} is not a public address.")
        return addresses


def _web_address(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise NoticeRefused(f"{error}.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or (parsed.port or 1) not in range(1, 65536):
        raise NoticeRefused("It is not the URL of a web server.")
    return parsed


def is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    special = any(address in network for network in _SPECIAL)
    return address.is_global and not address.is_multicast and not special


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
    )


def _signature(settings: NoticeSettings, message_id: str, body: str) -> dict[str, str]:
    if settings.secret is None:
        raise NoticeUnsigned("No secret is set.")
    now = datetime.now(UTC)
    try:
        signature = Webhook(settings.secret.get_secret_value()).sign(message_id, now, body)
    except (EmptyWebhookSecretError, binascii.Error) as error:
        raise NoticeUnsigned("The secret is empty or not base64.") from error
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if status >= 500 or status in _WORTH_ANOTHER_TRY:
        raise NoticeFailed(f"The receiver answered {status}.")
    raise NoticeRejected(f"It answered {status}.")
