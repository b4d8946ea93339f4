"""The supervisor alone, with programs of a line of shell."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cli.local import process
from cli.local.errors import StackError
from cli.local.program import Program
from cli.local.supervisor import Supervisor
from tests import processes
from tests.processes import descendants, is_gone


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
async def supervisor(tmp_path: Path, told: list[str]) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(tmp_path, told.append)
    yield supervisor
    await supervisor.stop()


def shell(line: str, name: str = "part", **options: float) -> Program:
    return Program(name, ("sh", "-c", line), **options)  # type: ignore[arg-type]


async def test_says_which_part_did_not_start_and_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(StackError, match=r"(?s)store did not start: .*exit code 3.*no space left"):
        await supervisor.start(shell("echo no space left; exit 3", "store", steady_for=5))


async def test_does_not_wait_forever_for_what_never_works(supervisor: Supervisor) -> None:
    deaf = Program("deaf", ("sleep", "600"), works=lambda: False, ready_within=0.2)

    with pytest.raises(StackError, match="not ready within"):
        await supervisor.start(deaf)


async def test_says_that_a_one_time_program_failed(supervisor: Supervisor) -> None:
    with pytest.raises(StackError, match=r"(?s)migrate did not .*exit code 1.*no such column"):
        await supervisor.run_once(shell("echo no such column; exit 1", "migrate"))


async def test_ends_what_a_killed_process_leaves_behind(supervisor: Supervisor) -> None:
    await supervisor.start(shell("sleep 600 & wait"))
    await eventually(lambda: descendants(supervisor.pids["part"]))
    children = descendants(supervisor.pids["part"])

    os.kill(supervisor.pids["part"], signal.SIGKILL)

    await eventually(lambda: all(is_gone(child) for child in children))


async def test_pauses_longer_after_each_death(supervisor: Supervisor, told: list[str]) -> None:
    await supervisor.start(shell("exit 7"))

    await eventually(lambda: len(told) >= 3)

    assert told[0] == "part ended (exit code 7); starting it again in 0.2 s"
    assert [line.split()[-2] for line in told[:3]] == ["0.2", "0.4", "0.8"]


async def test_stops_the_last_wave_first(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    for name in ("broker", "worker"):
        note_the_end = f"trap 'echo {name} >> {order}; exit' TERM; echo > {tmp_path / name}"
        await supervisor.start(shell(f"{note_the_end}; while :; do sleep 0.05; done", name))
        await eventually((tmp_path / name).exists)

    await supervisor.stop()

    assert order.read_text().split() == ["worker", "broker"]


async def test_kills_what_does_not_stop_in_its_time(supervisor: Supervisor, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    await supervisor.start(shell(f"trap '' TERM; echo > {ready}; while :; do sleep 1; done", stop_within=0.2))
    await eventually(ready.exists)
    stubborn = supervisor.pids["part"]

    await supervisor.stop()

    assert is_gone(stubborn)


async def test_a_log_that_grew_large_is_emptied_and_its_text_kept_once(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_LOG_LIMIT", 10)
    log = tmp_path / "part.log"
    log.write_text("what it said before")

    await supervisor.start(shell("echo hello; sleep 600"))

    await eventually(lambda: log.read_text() == "hello\n")
    assert (tmp_path / "part.log.old").read_text() == "what it said before"


async def test_prepares_a_program_before_every_start(supervisor: Supervisor, told: list[str]) -> None:
    prepared: list[int] = []
    await supervisor.start(Program("part", ("false",), prepare=lambda: prepared.append(len(told))))

    await eventually(lambda: len(prepared) >= 3)

    assert prepared[:3] == [0, 1, 2]


async def test_goes_on_trying_when_the_system_does_not_let_it_start_again(
    supervisor: Supervisor, told: list[str]
) -> None:
    refusals = iter([None, OSError("no space left"), OSError("no space left"), None])

    def prepare() -> None:
        if refusal := next(refusals, None):
            raise refusal

    await supervisor.start(Program("part", ("sleep", "600"), prepare=prepare))
    first = supervisor.pids["part"]
    os.kill(first, signal.SIGKILL)

    await eventually(lambda: supervisor.pids["part"] != first)
    assert [line.split(";")[0] for line in told] == [
        "part ended (killed by signal 9)",
        *["part could not be started (no space left)"] * 2,
    ]


async def test_a_program_whose_id_cannot_be_noted_runs_once_and_is_looked_after(
    tmp_path: Path, told: list[str]
) -> None:
    def full(_pids: object) -> None:
        raise OSError("no space left")

    supervisor = Supervisor(tmp_path, told.append, full)
    await supervisor.start(Program("part", ("sleep", "600")))
    first = supervisor.pids["part"]
    os.kill(first, signal.SIGKILL)

    await eventually(lambda: supervisor.pids["part"] != first)
    await eventually(lambda: "could not be noted: no space left" in told[-1])
    await supervisor.stop()
    assert len(told) == 3


async def test_a_log_that_cannot_be_shortened_keeps_nothing_from_starting(
    supervisor: Supervisor, tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_LOG_LIMIT", 10)
    (tmp_path / "part.log").write_text("what it said before")
    (tmp_path / "part.log.old").mkdir()

    await supervisor.start(shell("sleep 600"))

    assert told[0].startswith("the log of part could not be shortened")


async def eventually(condition: Callable[[], object]) -> None:
    await asyncio.to_thread(processes.eventually, condition)
