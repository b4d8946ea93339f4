"""Whether the machine that this process runs on can do the work: ffmpeg, what we use of it, disk, cores."""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from pipeline.checkup.findings import Finding, listed, note, ok, wrong
from pipeline.settings import Settings

_TOOLS = ("ffmpeg", "ffprobe", "prlimit", "setpriv", "taskset", "nice")
"""What starts ffmpeg holds it to its limits."""
_OLDEST = (5, 1)
_ENCODERS = {"libx264", "aac", "mjpeg", "libwebp", "ass"}
_FILTERS = {
    *("aformat", "alimiter", "apad", "aresample", "asetpts", "atrim", "bwdif", "format", "fps", "framestep"),
    *(
        "pad",
        "scale",
        "select",
        "setparams",
        "setpts",
        "setsar",
        "split",
        "tile",
        "tpad",
        "transpose",
        "trim",
    ),
}
_BETTER = {"zscale", "tonemap"}
"""Without them HDR is converted by less."""
_INSTALL = "Install ffmpeg 5.1 or later with ffprobe, and util-linux: apt-get install ffmpeg"
_FIXED = {(7, 1): 5, (8, 0): 3, (8, 1): 2}
"""Of CVE-2026-8461: from which patch on, by release; what comes after them has it."""
_WITHIN = 20
"""Seconds."""
_FULL, _TIGHT = 1024**3, 10 * 1024**3
"""Bytes. An hour of video takes about a gigabyte while it is made into a download."""


async def of_machine(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(lambda: [*_ffmpeg(), *_disks(settings), _cores(settings)])


async def of_api_machine(settings: Settings) -> list[Finding]:
    """The same, for one that can do without: a container of the API's own has no room to work in."""
    scratch = _scratch(settings)
    if os.access(scratch, os.W_OK):
        return await of_machine(settings)
    said = f"No worker can run where the API does: {scratch} cannot be written there."
    look = "Look at a machine that has workers: python -m workers doctor."
    return [note("machine", "no_workers_here", said, look)]


def _ffmpeg() -> Iterator[Finding]:
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        yield wrong("machine", "ffmpeg", f"Not installed on this machine: {listed(missing)}.", _INSTALL)
        return
    try:
        asked = {name: _said("ffmpeg", f"-{name}") for name in ("version", "encoders", "filters")}
        _said("ffprobe", "-version")
    except (OSError, subprocess.SubprocessError) as error:
        said = f"ffmpeg cannot be run here: {_why(error)}"
        yield wrong("machine", "ffmpeg", said, "Run `ffmpeg -version` there, and see what it says.")
        return
    yield from _of_version(asked["version"])
    yield from _of_abilities(asked["encoders"], asked["filters"])


def _said(tool: str, question: str) -> str:
    """In a thread: the API's event loop can start no process as workers start theirs."""
    command = [tool, "-hide_banner", question]
    done = subprocess.run(command, check=True, capture_output=True, timeout=_WITHIN, stdin=subprocess.DEVNULL)
    return done.stdout.decode(errors="replace")


def _why(error: Exception) -> str:
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else None
    return said.decode(errors="replace").strip()[-300:] if said else str(error)


def _of_version(said: str) -> Iterator[Finding]:
    found = re.match(r"ffmpeg version (\S+)", said)
    named = found[1] if found else "of no version"
    numbers = tuple(map(int, re.findall(r"\d+", named)[:3]))
    if not re.match(r"n?\d+\.\d+", named):
        yield note("machine", "ffmpeg", f"ffmpeg {named} is no release: nobody knows what it can do.")
    elif numbers[:2] < _OLDEST:
        yield wrong("machine", "ffmpeg", f"ffmpeg {named} is too old.", _INSTALL)
    elif _has_the_hole(numbers):
        said = f"ffmpeg {named} may have CVE-2026-8461; the decoder that has it is one that we never open."
        yield note("machine", "ffmpeg", said, "Upgrade it when you can: 7.1.5, 8.0.3 and 8.1.2 have the fix.")
    else:
        yield ok("machine", "ffmpeg", f"ffmpeg {named}.")


def _has_the_hole(version: tuple[int, ...]) -> bool:
    release, patch = version[:2], version[2] if len(version) > 2 else 0
    if release in _FIXED:
        return patch < _FIXED[release]
    return release < max(_FIXED)


def _of_abilities(encoders: str, filters: str) -> Iterator[Finding]:
    missing = sorted((_ENCODERS - _second_words(encoders)) | (_FILTERS - _second_words(filters)))
    if missing:
        yield wrong("machine", "ffmpeg_parts", f"This ffmpeg has no {listed(missing)}.", _INSTALL)
    else:
        yield ok("machine", "ffmpeg_parts", "ffmpeg has every encoder and filter that we use.")
    lesser = sorted(_BETTER - _second_words(filters))
    if lesser:
        said = f"This ffmpeg has no {listed(lesser)}: HDR video will look duller than it might."
        yield note("machine", "ffmpeg_hdr", said, "Use one that was built with zimg, as Debian's is.")


def _second_words(said: str) -> set[str]:
    """Each line of such a list has flags, then the name."""
    return {words[1] for words in map(str.split, said.splitlines()) if len(words) > 1}


def _disks(settings: Settings) -> Iterator[Finding]:
    yield _room(_scratch(settings), "scratch", "REELMILL_WORK__SCRATCH")
    database = make_url(settings.database.url)
    if database.get_backend_name() == "sqlite" and database.database not in {None, "", ":memory:"}:
        yield _room(Path(str(database.database)).absolute().parent, "data", "the data folder")


def _scratch(settings: Settings) -> Path:
    return Path(settings.work.scratch or tempfile.gettempdir())


def _room(folder: Path, code: str, name: str) -> Finding:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="reelmill-checkup-"):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        said = f"{folder} ({name}) cannot be written: {error.strerror}."
        return wrong("machine", f"{code}_disk", said, "Make it a folder that this user may write, with room.")
    said = f"{free / 1024**3:.1f} GiB are free in {folder}."
    if free < _FULL:
        return wrong("machine", f"{code}_disk", said, "Make room: jobs fail there, or soon will.")
    if free < _TIGHT:
        return note("machine", f"{code}_disk", said, "Make room before large videos come.")
    return ok("machine", f"{code}_disk", said)


def _cores(settings: Settings) -> Finding:
    cores = len(os.sched_getaffinity(0))
    slots = max(cores // settings.media.cores_per_slot, 1)
    jobs = f"{slots} encode{'s' if slots > 1 else ''} at a time"
    return ok("machine", "cores", f"{cores} cores, for {jobs} in each transcode worker.")
