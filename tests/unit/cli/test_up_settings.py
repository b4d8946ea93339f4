"""`./reelmill up` with what it cannot work with: plain words, and nothing started."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import up as command
from cli.__main__ import app
from cli.local.errors import StackError
from cli.local.folder import cannot_go_on
from cli.up import _require_free, _run
from pipeline.settings import SettingsInvalid


def up(*arguments: str) -> Result:
    return CliRunner().invoke(app, ("up", *arguments))


@pytest.fixture(autouse=True)
def _nothing_to_install(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(command, "install_missing", lambda *_: None)
    monkeypatch.setattr(command, "install_page_assets", lambda *_: None)
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def test_a_setting_that_cannot_be_used_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELMILL_WORK__LEASE", "a while")
    with pytest.raises(SettingsInvalid, match="REELMILL_WORK__LEASE") as problem:
        _run(tmp_path, 8000, started=0.0)
    assert "docs/settings.md" in problem.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", ["/etc/passwd", "/etc/passwd/data", "/proc/reelmill", "/tmp/it's"])
def test_a_folder_that_cannot_be_used_is_named_with_a_way_on(folder: str) -> None:
    result = up("--data", folder)
    assert result.exit_code == 1
    assert folder in result.stderr
    assert "--data DIR" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("port", ["0", "99999", "-1"])
def test_a_port_that_does_not_exist_is_refused(port: str) -> None:
    result = up("--port", port)
    assert result.exit_code == 2
    assert "--port" in result.stderr


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.EACCES, "sudo chown -R $USER /data"), (errno.ENOSPC, "Make room"), (errno.EROFS, "--data DIR")],
)
def test_what_the_system_refuses_is_told_with_the_path_the_reason_and_a_next_step(
    number: int, advice: str
) -> None:
    refused = OSError(number, os.strerror(number), "/data/logs/api.log")
    told = str(cannot_go_on(Path("/data"), refused))
    assert told.startswith(f"/data/logs/api.log cannot be used: {os.strerror(number)}.")
    assert advice in told


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EADDRINUSE, "something else listens on 127.0.0.1:80"),
        (errno.EACCES, "only root may listen on 127.0.0.1:80"),
        (errno.EADDRNOTAVAIL, "REELMILL_API__HOST"),
    ],
)
def test_a_port_that_is_not_to_be_had_is_told_by_its_reason(
    monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    monkeypatch.setattr(command, "why_not_free", lambda *_: OSError(number, os.strerror(number)))
    with pytest.raises(StackError, match=told):
        _require_free(80, "127.0.0.1")


def test_files_are_its_owners_alone_also_in_a_folder_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setattr(command, "_run", lambda folder, *_: (folder / "reelmill.db").touch())
    assert up("--data", str(tmp_path)).exit_code == 0
    assert (tmp_path / "reelmill.db").stat().st_mode & 0o077 == 0
