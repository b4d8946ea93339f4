"""The API as the command line uses it, over HTTP alone: where it is, and its problems in plain words."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import httpx
import typer

from pipeline.loopback import is_loopback
from pipeline.secrets import folder_of_secrets

DEFAULT_URL = "http://127.0.0.1:8000"
_DATA, _STACK_FILE = "data", "stack.json"
_TIMEOUT = httpx.Timeout(30, connect=5, read=300)
"""Seconds; a store may take minutes to put the parts of a large upload together."""
_ATTEMPTS = 8
_LONGEST_PAUSE = 15.0
_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_MAY_PASS = {409: "upload_in_progress", 503: None, 502: None}
"""Answers after which the same request may work, some only with this code."""


class ApiProblem(Exception):
    """What the API, or the lack of it, has to say."""

    def __init__(
        self, code: str, message: str, hint: str, *, status: int = 0, wait: float | None = None
    ) -> None:
        self.code, self.message, self.hint, self.status, self.wait = code, message, hint, status, wait
        super().__init__(message)

    @property
    def may_pass(self) -> bool:
        return self.status == 0 or (self.status in _MAY_PASS and _MAY_PASS[self.status] in {None, self.code})


class Client:
    def __init__(self, http: httpx.Client, pause: Callable[[float], None] = time.sleep) -> None:
        self._http = http
        self._pause = pause
        self._reached = False

    @property
    def url(self) -> str:
        return str(self._http.base_url).rstrip("/")

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Raises ApiProblem."""
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            self._reached |= not isinstance(error, _NEVER_ARRIVED)
            raise _unreachable(self.url, error) from error
        self._reached = True
        if response.is_error:
            raise _problem(response)
        return response

    def get(self, path: str, **params: str | int | None) -> Any:
        given = {name: value for name, value in params.items() if value is not None}
        return self.ask("GET", path, params=given).json()

    def persist(self, request: Callable[[], httpx.Response]) -> httpx.Response:
        """Repeats what may pass, a few times, longer apart each time. Raises ApiProblem.

        A server that was never reached is not restarting: it is not there, and waiting will not help.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return request()
            except ApiProblem as problem:
                if not problem.may_pass or not self._reached or attempt == _ATTEMPTS:
                    raise
                seconds = min(problem.wait or 0.5 * 2**attempt, _LONGEST_PAUSE)
                typer.echo(f"{problem.message.rstrip('.')}; trying again in {seconds:.0f} s", file=sys.stderr)
                self._pause(seconds)
        raise AssertionError("the last attempt returns or raises")

    def follow(self, video_id: str) -> Iterator[dict[str, Any]]:
        """The video each time it has changed, until it changes no more. Raises ApiProblem."""
        etag = ""

        def status() -> httpx.Response:
            return self.ask("GET", f"/v1/videos/{video_id}", headers={"If-None-Match": etag})

        while True:
            response = self.persist(status)
            etag = response.headers.get("ETag", "")
            if response.status_code != httpx.codes.NOT_MODIFIED:
                yield response.json()
            if "Retry-After" not in response.headers:
                return
            self._pause(float(response.headers["Retry-After"]))


def connect(data: Path | None = None) -> Client:
    """`data` is the folder of the stack that is meant, if that is another than this folder's own."""
    url = address(os.environ, Path.cwd(), data)
    shown = credentials(os.environ)
    return Client(httpx.Client(base_url=url, headers=shown, timeout=_TIMEOUT, trust_env=proxies_apply(url)))


def credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The API key, where the environment has one, or its folder of secrets."""
    key = environment.get("REELMILL_API__KEY") or _kept_key(environment)
    return {"Authorization": f"Bearer {key}"} if key else {}


def proxies_apply(url: str) -> bool:
    """A proxy that the environment names may be needed to reach another machine, never this one."""
    return not is_here(url)


def is_here(url: str) -> bool:
    return is_loopback(httpx.URL(url).host)


def address(environment: Mapping[str, str], folder: Path, data: Path | None = None) -> str:
    """What the environment says,
    else the stack that runs on `data`, or in this folder, else the usual place."""
    if url := environment.get("REELMILL_URL"):
        return url
    try:
        stack = json.loads(((data or folder / _DATA) / _STACK_FILE).read_text())
        return str(stack["urls"]["api"])
    except (OSError, ValueError, KeyError, TypeError):
        return DEFAULT_URL


def give_up(problem: ApiProblem) -> NoReturn:
    """Says what is wrong on stderr, and ends the command."""
    tell_error({"code": problem.code, "message": problem.message, "hint": problem.hint})
    raise typer.Exit(1) from problem


def tell_error(error: Mapping[str, str]) -> None:
    typer.echo(f"{error['code']}: {error['message']}", err=True)
    typer.echo(f"  {error['hint']}", err=True)


def _kept_key(environment: Mapping[str, str]) -> str:
    try:
        return (folder_of_secrets(environment) / "reelmill_api__key").read_text().strip()
    except (OSError, UnicodeError):
        return ""


def _unreachable(url: str, error: httpx.TransportError) -> ApiProblem:
    why = (str(error) or type(error).__name__).rstrip(".")
    hint = "Start it with `./reelmill up`, or say where it is with REELMILL_URL."
    return ApiProblem("api_unreachable", f"Reelmill does not answer at {url}: {why}.", hint)


def _problem(response: httpx.Response) -> ApiProblem:
    try:
        said = response.json()
    except ValueError:
        said = {}
    wait = response.headers.get("Retry-After", "")
    return ApiProblem(
        said.get("code", f"http_{response.status_code}"),
        said.get("detail", f"The server answered {response.status_code}."),
        said.get("hint", "Check that the address is Reelmill's."),
        status=response.status_code,
        wait=float(wait) if wait.isdecimal() else None,
    )
