"""Where a tree lies: a folder or a web server. Reads a file, or a part of one, that a playlist names."""

import os
from http import HTTPStatus
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from cli.conformance.attributes import Range
from cli.conformance.findings import Finding
from cli.conformance.limits import LARGEST_FILE
from cli.conformance.master import is_master


class Absent(Exception):
    """What is named cannot be read, and why."""


class Place(Protocol):
    def join(self, base: str, uri: str) -> str:
        """The address that `uri` means in the playlist at `base`. Raises Absent."""

    def read(self, address: str, part: Range | None = None) -> bytes:
        """Fewer bytes than asked for when the file ends before. Raises Absent."""


class Folder:
    """Addresses are paths. URIs may climb out of the folder, as those of a playlist do that joins the work of
    several jobs, but must be relative: a tree that needs another machine or a fixed path is not whole."""

    def join(self, base: str, uri: str) -> str:
        parts = urlsplit(uri)
        if parts.scheme or parts.netloc or parts.path.startswith("/"):
            raise Absent("the address is not relative")
        return os.path.normpath(Path(base).parent / unquote(parts.path))

    def read(self, address: str, part: Range | None = None) -> bytes:
        file = Path(address)
        if not file.is_file():
            raise Absent("there is no such file")
        length = part.length if part else file.stat().st_size
        if length > LARGEST_FILE:
            raise Absent(f"{length} bytes are too many for one segment")
        try:
            with file.open("rb") as opened:
                opened.seek(part.start if part else 0)
                return opened.read(length)
        except OSError as error:
            raise Absent(error.strerror or "it cannot be read") from error


class Web:
    """Addresses are URLs."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def join(self, base: str, uri: str) -> str:
        address = urljoin(base, uri)
        if urlsplit(address).scheme not in {"http", "https"}:
            raise Absent("the address is not on the web")
        return address

    def read(self, address: str, part: Range | None = None) -> bytes:
        asked = {"Range": f"bytes={part.start}-{part.start + part.length - 1}"} if part else {}
        try:
            with self._http.stream("GET", address, headers=asked) as response:
                if response.status_code not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
                    raise Absent(f"the server answers {response.status_code}")
                return self._body(response, part)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Absent(str(error) or type(error).__name__) from error

    def _body(self, response: httpx.Response, part: Range | None) -> bytes:
        """A server that knows no ranges sends everything."""
        whole = response.status_code == HTTPStatus.OK
        start, length = (part.start, part.length) if part and whole else (0, LARGEST_FILE)
        body = bytearray()
        for block in response.iter_bytes():
            body += block
            if len(body) >= start + length:
                break
        if len(body) > LARGEST_FILE:
            raise Absent("it is too large for one segment")
        return bytes(body[start : start + length])


def master_in(path: Path) -> Path | Finding:
    """The master playlist that is there, or what is found instead of one."""
    if path.is_file():
        return path
    masters = [file for file in sorted(path.rglob("*.m3u8")) if is_master(file.read_text(errors="replace"))]
    if not masters:
        return Finding("no_master", str(path), "no .m3u8 in it has EXT-X-STREAM-INF")
    if len(masters) > 1:
        named = ", ".join(str(file.relative_to(path)) for file in masters)
        return Finding("several_masters", str(path), f"give one of {named}")
    return masters[0]
