"""`./reelmill up` with settings in the environment that cannot be used."""

from pathlib import Path

import pytest

from cli.local.errors import StackError
from cli.local.stack import Stack
from cli.up import _run


def test_a_setting_that_cannot_be_used_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELMILL_WORK__LEASE", "a while")
    with pytest.raises(StackError, match="REELMILL_WORK__LEASE") as problem:
        _run(Stack.in_folder(tmp_path, 8000), started=0.0)
    assert "docs/settings.md" in str(problem.value)
    assert not (tmp_path / "rabbitmq").exists()
