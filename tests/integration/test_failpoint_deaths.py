"""Processes that die at a failpoint again and again: some of what `./reelmill chaos failpoints` does."""

from pathlib import Path

import pytest

from chaos.failpoints import run, summary


@pytest.mark.parametrize("point", ["commit.after", "tail.after"])
async def test_a_process_that_dies_at_a_failpoint_again_and_again_costs_nothing(
    point: str, tmp_path: Path
) -> None:
    (killed,) = await run([point], 3, tmp_path, "sqlite", lambda _: None)
    assert not killed.wrong, summary([killed])
    assert killed.died == 3
