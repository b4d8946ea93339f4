"""The page's JavaScript, by an npm that takes note of its calls."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.local.errors import StackError
from cli.local.page_assets import install_page_assets


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    npm(tmp_path, "mkdir -p node_modules; sleep 0.3; echo installed >>calls")
    return tmp_path


def npm(root: Path, line: str) -> None:
    path = root / "bin" / "npm"
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def install(root: Path) -> None:
    install_page_assets(root, lambda _line: None)


def test_it_is_installed_once_for_each_state_of_the_lock_file(root: Path) -> None:
    install(root)
    install(root)
    assert (root / "calls").read_text() == "installed\n"
    (root / "package-lock.json").write_text("{ }")
    install(root)
    assert (root / "calls").read_text() == "installed\n" * 2


def test_two_first_starts_side_by_side_install_it_once(root: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(install, [root, root]))
    assert (root / "calls").read_text() == "installed\n"


def test_a_failure_says_what_npm_said_and_is_tried_again_next_time(root: Path) -> None:
    npm(root, "echo 'no network' >&2; exit 1")
    with pytest.raises(StackError, match="no network"):
        install(root)
    npm(root, "mkdir node_modules; echo installed >>calls")
    install(root)
    assert (root / "calls").exists()
