"""`./reelmill up` with settings in the environment that cannot be used."""

from pathlib import Path

import pytest

from cli.local.stack import Stack
from cli.up import _run
from pipeline.settings import SettingsInvalid


def test_a_setting_that_cannot_be_used_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELMILL_WORK__LEASE", "a while")
    with pytest.raises(SettingsInvalid, match="REELMILL_WORK__LEASE") as problem:
        _run(Stack.in_folder(tmp_path, 8000), started=0.0)
    assert "docs/settings.md" in problem.value.hint
    assert not (tmp_path / "rabbitmq").exists()
