"""What of a `./reelmill up` is there, when its API does not answer: by its data folder alone."""

import asyncio
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from cli.local.process import last_lines
from cli.local.rabbitmq import server_script
from pipeline.checkup.findings import Finding, note, ok, wrong
from pipeline.settings import SettingsInvalid, from_environment

_LINES = 6
_AGAIN = "./reelmill up starts it again by itself; if it keeps ending, mend what its log names."


def of_this_machine(data: Path) -> list[Finding]:
    """The stack that is kept in `data`, and what any would need here."""
    found = [*_of_stack(data)]
    if server_script() is None:
        said = "RabbitMQ is not installed on this machine."
        found.append(note("stack", "no_rabbitmq", said, "./reelmill up installs it."))
    return [*found, *_of_machine(data)]


def _of_stack(data: Path) -> Iterator[Finding]:
    if not _is_held(data / "lock"):
        killed = (data / "stack.json").exists()
        said = f"The ./reelmill up on {data} was killed." if killed else f"No ./reelmill up runs on {data}."
        step = "Start it: ./reelmill up. Or say where the installation is: REELMILL_URL."
        yield wrong("stack", "not_running", said, step)
        return
    pids = _pids(data)
    if "api" not in pids:
        said = f"./reelmill up is still starting: {', '.join(pids) or 'nothing'} so far."
        yield note("stack", "starting", said, "Wait; its terminal says how far it is.")
    for name, pid in pids.items():
        yield from _of_process(data / "logs" / f"{name}.log", name, pid)


def _of_process(log: Path, name: str, pid: int) -> Iterator[Finding]:
    if not _is_alive(pid):
        said = f"{name} (pid {pid}) does not run. Its log ends:\n{_end_of(log)}"
        yield wrong("stack", "process_gone", said, _AGAIN)
    elif name == "api":
        said = f"api (pid {pid}) runs and does not answer. Its log ends:\n{_end_of(log)}"
        yield wrong("stack", "api_silent", said, f"Mend what {log} names; `kill {pid}` starts it again.")
    else:
        yield ok("stack", "process_runs", f"{name} runs (pid {pid}).")


def _of_machine(data: Path) -> list[Finding]:
    # Here and not above: without the workers' own packages the rest still tells something.
    from workers.machine import of_machine

    try:
        settings = from_environment()
    except SettingsInvalid as problem:
        return [wrong("machine", problem.code, problem.plain, problem.hint)]
    if (data / "scratch").is_dir():
        settings.work.scratch = settings.work.scratch or str(data / "scratch")
    return asyncio.run(of_machine(settings))


def _is_held(lock: Path) -> bool:
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _pids(data: Path) -> dict[str, int]:
    try:
        return {
            str(name): int(pid) for name, pid in json.loads((data / "stack.json").read_text())["pids"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end_of(log: Path) -> str:
    try:
        return last_lines(log, _LINES) or "(it wrote nothing)"
    except OSError:
        return "(there is no log)"
