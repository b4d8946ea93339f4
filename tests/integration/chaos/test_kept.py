"""A kept process comes back by itself, unless it is held down."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chaos.kept import DidNotStart, Kept
from cli.local.program import Program
from tests.chain import eventually
from tests.processes import is_gone

FOREVER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    its = Kept(Program("sleeper", FOREVER), tmp_path)
    await its.start()
    yield its
    await its.close()


async def test_it_is_started_again_after_a_kill(kept: Kept) -> None:
    first = kept.pid
    kept.kill()

    async def is_another() -> bool:
        return kept.runs and kept.pid != first

    await eventually(is_another)
    assert kept.exits == [-9]


async def test_held_down_it_stays_away_until_it_is_let_up(kept: Kept, tmp_path: Path) -> None:
    neighbour = Kept(Program("neighbour", FOREVER), tmp_path)
    await neighbour.start()
    kept.hold_down()
    neighbour.kill()

    async def neighbour_is_back() -> bool:
        return bool(neighbour.exits) and neighbour.runs

    async def is_back() -> bool:
        return kept.runs

    await eventually(neighbour_is_back)
    assert not kept.runs
    kept.let_up()
    await eventually(is_back)
    await neighbour.close()


async def test_nothing_of_it_is_left_after_its_close(tmp_path: Path) -> None:
    kept = Kept(Program("sleeper", FOREVER), tmp_path)
    await kept.start()
    await kept.close()

    assert is_gone(kept.pid)


async def test_one_that_never_works_says_its_last_words(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('no disk')")
    kept = Kept(Program("broken", command, works=lambda: False, ready_within=1.5), tmp_path)

    with pytest.raises(DidNotStart, match="no disk"):
        await kept.start()
    await kept.close()
