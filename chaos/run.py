"""One run: an installation with somebody who uploads, somebody who is told, and somebody who looks."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from minio.error import MinioException
from sqlalchemy.exc import SQLAlchemyError
from urllib3.exceptions import HTTPError

from chaos.client import Client, Upload, drawn
from chaos.injector import Injector
from chaos.installation import Asked, Installation, running
from chaos.report import Outcome
from chaos.snapshot import Observer, Snapshot
from chaos.verdict import Finding, judge
from tests.media import make_clip
from tests.receiver import Receiver

AWAY = (httpx.HTTPError, SQLAlchemyError, MinioException, HTTPError, OSError)
_LOOK_SECONDS = 2.0
_PER_LOOK = 8
"""Seconds of peace for each second that a look takes: it reads everything."""
_QUIET_SECONDS = 8.0
"""More than a lease and a rung: whatever is still under way has shown itself by then."""


@dataclass(frozen=True)
class Options:
    """What was asked on the command line. None is the scenario's own."""

    seed: int
    asked: Asked = field(default_factory=Asked)
    uploads: int | None = None
    seconds: float | None = None
    """How long the faults go on, or each outage lasts."""
    patience: float = 600.0
    """Seconds after the last fault until what is not settled counts as stuck."""
    quiet: float = _QUIET_SECONDS


@dataclass
class Run:
    options: Options
    installation: Installation
    receiver: Receiver
    client: Client
    observer: Observer
    injector: Injector
    first: Upload
    """That went through before anything was hurt."""
    clip: Path | None = None
    concluded: Outcome | None = None

    def drawn(self, count: int) -> list[Upload]:
        return drawn(self.options.uploads or count, self.options.seed, self.clip)

    async def settled(self, uploads: Sequence[Upload]) -> tuple[float | None, list[Finding], Snapshot]:
        """Looks until nothing is found, twice with quiet in between, or until patience ends."""
        began = time.monotonic()
        last: tuple[list[Finding], Snapshot] = ([], Snapshot())
        while True:
            looking = time.monotonic()
            looked = await self.looked(uploads)
            took, cost = time.monotonic() - began, time.monotonic() - looking
            if looked is not None:
                last = looked
                if not looked[0] and (again := await self._still(uploads)) is not None:
                    return took, *again
            if took > self.options.patience:
                return None, *last
            await asyncio.sleep(max(_LOOK_SECONDS, cost * _PER_LOOK))

    async def looked(self, uploads: Sequence[Upload]) -> tuple[list[Finding], Snapshot] | None:
        """None while a part is away."""
        try:
            seen = await self.observer.look()
        except AWAY:
            return None
        return judge([self.first, *uploads], seen), seen

    async def _still(self, uploads: Sequence[Upload]) -> tuple[list[Finding], Snapshot] | None:
        await asyncio.sleep(self.options.quiet)
        looked = await self.looked(uploads)
        return looked if looked is not None and not looked[0] else None

    async def outcome(self, title: str, uploads: Sequence[Upload]) -> Outcome:
        settled, findings, seen = await self.settled(uploads)
        title = f"{title}; seed {self.options.seed}, {self.installation.asked}"
        self.concluded = Outcome(title, uploads, findings, seen, dict(self.injector.done), settled)
        return self.concluded


@asynccontextmanager
async def a_run(options: Options) -> AsyncIterator[Run]:
    """Its folder, with all logs, is kept unless the run was good."""
    folder = Path(tempfile.mkdtemp(prefix="reelmill-chaos-"))
    run: Run | None = None
    try:
        async with AsyncExitStack() as stack:
            run = await _opened(stack, folder, options)
            yield run
    finally:
        if run is not None and run.concluded is not None and run.concluded.is_good:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            say(f"its logs are in {folder / 'logs'}")


async def _opened(stack: AsyncExitStack, folder: Path, options: Options) -> Run:
    receiver = Receiver()
    stack.callback(receiver.close)
    clip = make_clip(folder / "clip.mp4") if options.asked.real else None
    installation = await stack.enter_async_context(running(folder, options.asked, say))
    observer = Observer(installation, receiver)
    stack.callback(observer.close)
    client = await stack.enter_async_context(Client(installation.api_urls, receiver.url, clip))
    first = (await _gone_through(client, observer, options, clip))[0]
    return Run(options, installation, receiver, client, observer, Injector(installation, say), first, clip)


async def _gone_through(
    client: Client, observer: Observer, options: Options, clip: Path | None
) -> list[Upload]:
    """A RabbitMQ that is killed within a second of declaring a queue may leave one that never answers again
    (docs/facts.md); once a video has been through all of them, that is over."""
    uploads = drawn(1, options.seed, clip, name="first")
    await client.spread(uploads, 0)
    deadline = time.monotonic() + options.patience
    while judge(uploads, await observer.look()):
        if time.monotonic() > deadline:
            raise TimeoutError("The first video did not go through, and nothing was hurt yet.")
        await asyncio.sleep(_LOOK_SECONDS / 4)
    return uploads


def say(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")
