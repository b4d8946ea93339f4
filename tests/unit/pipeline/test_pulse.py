"""A worker's pulse: there while it can work, gone when it cannot, and told in words."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cli.local.stack import ROOT
from pipeline.errors import BrokerAway
from pipeline.pulse import VARIABLE, beat, complaint
from tests.chain import eventually

NOW = 1_000_000.0


async def works() -> bool:
    return True


async def has_no_database() -> bool:
    return False


async def has_no_broker() -> bool:
    raise BrokerAway


async def has_lost_its_connection() -> bool:
    raise asyncio.CancelledError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse"


def left_by_another(file: Path) -> None:
    file.touch()


async def beats(file: Path, can_work: Callable[[], Awaitable[bool]], asked: int = 3) -> None:
    """Lets it beat until the parts were asked that often."""
    times: list[None] = []

    async def counted() -> bool:
        times.append(None)
        return await can_work()

    async def enough() -> bool:
        return len(times) >= asked

    beating = asyncio.create_task(beat(file, counted, pause=0))
    await eventually(enough)
    beating.cancel()


async def test_a_worker_that_can_work_has_a_pulse(file: Path) -> None:
    await beats(file, works)
    assert complaint(file, time.time()) is None


@pytest.mark.parametrize("can_work", [has_no_database, has_no_broker, has_lost_its_connection])
async def test_a_worker_without_its_parts_has_none_and_goes_on_asking(
    file: Path, can_work: Callable[[], Awaitable[bool]]
) -> None:
    await beats(file, can_work)
    assert complaint(file, time.time()) is not None


async def test_what_a_process_before_left_is_no_pulse(file: Path) -> None:
    left_by_another(file)
    await beats(file, has_no_broker)
    assert complaint(file, time.time()) is not None


def test_a_pulse_that_was_never_there_is_told(file: Path) -> None:
    said = complaint(file, NOW)
    assert said is not None
    assert "yet" in said


@pytest.mark.parametrize(("age", "is_well"), [(0, True), (20, True), (31, False)])
def test_a_pulse_grows_old(file: Path, age: float, is_well: bool) -> None:
    file.touch()
    os.utime(file, (NOW - age, NOW - age))
    said = complaint(file, NOW)
    assert (said is None) is is_well
    assert is_well or f"{age} s" in str(said)


def ask(**environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pipeline.pulse"]
    whole = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, env=whole, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_the_command_ends_with_0_for_a_worker_that_is_well_and_says_what_is_wrong_else(file: Path) -> None:
    asked = ask(**{VARIABLE: str(file)})
    assert (asked.returncode, "yet" in asked.stderr) == (1, True)
    file.touch()
    asked = ask(**{VARIABLE: str(file)})
    assert (asked.returncode, asked.stderr) == (0, "")


def test_the_command_says_that_it_was_told_of_no_file() -> None:
    asked = ask()
    assert (asked.returncode, VARIABLE in asked.stderr) == (2, True)
