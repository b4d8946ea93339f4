"""Processes that die at a failpoint again and again: some of what `./reelmill chaos failpoints` does."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.failpoints import run, summary


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own, which is closed to the user that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="reelmill-killed-") as name:
        yield Path(name)


@pytest.mark.parametrize(("point", "database"), [("commit.after", "sqlite"), ("tail.after", "postgresql")])
async def test_a_process_that_dies_at_a_failpoint_again_and_again_costs_nothing(
    point: str, database: str, folder: Path
) -> None:
    (killed,) = await run([point], 3, folder, database, lambda _: None)
    assert not killed.wrong, summary([killed])
    assert killed.died == 3
