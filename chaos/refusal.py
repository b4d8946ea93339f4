"""How the API answers an upload of which it gets the headers only: a refusal must not wait for the bytes."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

_PATIENCE_SECONDS = 20.0
_SIZE = 5_000_000


@dataclass(frozen=True)
class Refusal:
    status: int | None
    """None where no answer came before the bytes did."""
    retry_after: str | None
    code: str = ""

    @property
    def is_clean(self) -> bool:
        return self.status == 503 and self.retry_after is not None


async def refusal(url: str) -> Refusal:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await _asked(url)
    except (TimeoutError, OSError):
        return Refusal(None, None)


async def _asked(url: str) -> Refusal:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(
            f"POST /v1/videos?filename=refused.mp4 HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Type: video/mp4\r\nContent-Length: {_SIZE}\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return Refusal(None, None)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return Refusal(int(lines[0].split()[1]), headers.get("retry-after"))
