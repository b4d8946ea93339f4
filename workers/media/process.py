"""Runs ffmpeg and ffprobe as subprocesses that die with us, are watched for stalls, and never fill a pipe."""

import asyncio
import contextlib
import os
import re
import resource
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from workers.media.errors import FfmpegMissing, FfmpegStalled
from workers.media.vitals import outlive

_BLOCK = 64 * 1024
_TAIL = 16 * 1024
"""Bytes of stderr that are kept: enough for what went wrong last, not for a flood."""
_SAID = 500
"""Characters of it that an error tells."""
_MERCY = 1.0
"""Seconds between SIGTERM and SIGKILL; ffmpeg ends within one unless it hangs."""
_ADDRESS_SPACE = 6 * 1024**3 + (os.cpu_count() or 1) * 512 * 1024**2
"""Bytes. Every thread reserves a stack and an arena; too tight a limit makes ffmpeg hang instead of fail."""
DISK_FULL = r"No space left on device|Disk quota exceeded"
"""ffmpeg may end well after it has said so."""
IDLE = timedelta(seconds=60)
"""Twice what it waits for a byte of the store."""
_KEPT_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""No proxies: the store is reached as the rest of the worker reaches it. No secrets either."""


@dataclass(frozen=True)
class Place:
    """Where a tool runs, and who goes before it."""

    cores: tuple[int, ...] = ()
    """Those it is held to; empty for any. A tool starts as many threads as it sees cores."""
    nice: int = 0
    """0 to 19; a tool at 10 gets a tenth of a core that one at 0 wants too."""
    memory: int = _ADDRESS_SPACE
    """Bytes of address space."""
    idle: timedelta = IDLE
    """How long it may neither compute nor read nor write, before it is taken for hanging."""
    began: Callable[[int], None] = lambda _group: None
    """Told of the tool's process group."""

    @property
    def prefix(self) -> list[str]:
        nice = ["nice", "-n", str(self.nice)] if self.nice else []
        return nice + (["taskset", "-c", ",".join(map(str, self.cores))] if self.cores else [])


ANYWHERE = Place()
BEHIND = Place(nice=10)
"""For what nobody waits for: a video is not ready later because of it."""


def step_back(group: int, nice: int) -> None:
    """Lets others go before all threads of a tool that runs, if it still does."""
    with contextlib.suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PGRP, group, min(19, os.getpriority(os.PRIO_PGRP, group) + nice))


class ToolFailed(Exception):
    """The tool ended with something else than 0. What that means is for whoever ran it to say."""

    def __init__(self, code: int, stderr: str) -> None:
        self.code = code
        self.stderr = stderr
        super().__init__(_without_secrets(stderr) or f"exit code {code}")


def _without_secrets(stderr: str) -> str:
    """Its last lines without the query of any presigned URL: they go into logs and dead letters. The first of
    what was kept may begin within one."""
    whole = stderr.partition("\n")[2] if len(stderr.encode()) >= _TAIL else stderr
    said = re.sub(r"\?\S+", "", whole)
    last = said[-_SAID:]
    return said if last == said else last.partition("\n")[2] or last


async def capture(
    arguments: Sequence[str], *, within: timedelta, at_most: int = 32 * 1024**2, place: Place = ANYWHERE
) -> tuple[bytes, str]:
    """What the tool writes to stdout, and the tail of stderr. Raises as `watch` does."""
    collected = bytearray()

    def collect(block: bytes) -> bool:
        collected.extend(block)
        if len(collected) > at_most:
            raise ToolFailed(0, "It wrote more than any real file makes it write.")
        return False  # `within` is for the whole run, not for each block

    stderr = await watch(arguments, collect, patience=within, place=place)
    return bytes(collected), stderr


async def watch(
    arguments: Sequence[str],
    hear: Callable[[bytes], bool],
    *,
    patience: timedelta,
    folder: Path | None = None,
    place: Place = ANYWHERE,
) -> str:
    """Runs the tool to its end and returns the tail of stderr; `hear` gets stdout and says whether it moved.

    It runs in `folder` if one is given. Raises ToolFailed, FfmpegStalled after `patience` without a move or
    the place's `idle` without a sign of life, or FfmpegMissing. However it is left, cancelled too, the
    process is gone by then.
    """
    process = await _start(arguments, folder, place)
    place.began(process.pid)
    errors = asyncio.create_task(_tail(_pipe(process.stderr)))
    try:
        async with asyncio.timeout(patience.total_seconds()) as deadline, outlive(process.pid, place.idle):
            while block := await _pipe(process.stdout).read(_BLOCK):
                if hear(block):
                    deadline.reschedule(asyncio.get_running_loop().time() + patience.total_seconds())
            code = await process.wait()
    except TimeoutError:
        raise FfmpegStalled from None
    finally:
        await _stop(process)
        stderr = await errors
    if code != 0 or re.search(DISK_FULL, stderr):
        raise ToolFailed(code, stderr)
    return stderr


async def _start(arguments: Sequence[str], folder: Path | None, place: Place) -> asyncio.subprocess.Process:
    # setpriv comes last and becomes the tool itself, so that the kernel's signal at our death reaches it.
    confined = [
        "prlimit",
        "--core=0",
        f"--as={_address_space(place.memory)}",
        "setpriv",
        "--pdeathsig",
        "KILL",
        *arguments,
    ]
    for tool in (*place.prefix[:1], *place.prefix[-3:-2], "prlimit", "setpriv", arguments[0]):
        if shutil.which(tool) is None:
            raise FfmpegMissing(f"{tool} was not found.")
    return await asyncio.create_subprocess_exec(
        *place.prefix,
        *confined,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        process_group=0,  # not a session: Linux shares cores out between those, whatever is nice within them
        cwd=folder,
        env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
    )


def _address_space(wanted: int) -> int:
    """Never more than we may have ourselves: to ask for it would fail."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    return wanted if most == resource.RLIM_INFINITY else min(wanted, most)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ends the whole process group, gently for a second; nothing to do when it has ended."""
    if process.returncode is not None:
        return
    try:
        _signal(process, signal.SIGTERM)
        async with asyncio.timeout(_MERCY):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


async def _tail(stream: asyncio.StreamReader) -> str:
    """The end of `stream`, read all the way: a pipe that nobody empties stops the tool."""
    tail = b""
    while block := await stream.read(_BLOCK):
        tail = (tail + block)[-_TAIL:]
    return tail.decode(errors="replace")


def _pipe(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:
        raise RuntimeError("the process was started without pipes")
    return stream
