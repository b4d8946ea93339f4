"""Scratch folders do not outlive the process that used them."""

import subprocess
from pathlib import Path

from pipeline.scratch import attempt_folder, clear_leftovers


def test_an_attempts_folder_is_gone_after_it(tmp_path: Path) -> None:
    with attempt_folder(str(tmp_path), "transcode") as folder:
        Path(folder, "half.m4s").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_process_left_is_cleared_and_what_a_living_one_uses_is_kept(tmp_path: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    (tmp_path / f"reelmill-transcode-{dead.pid}-abc123").mkdir()
    (tmp_path / "something-else").mkdir()
    with attempt_folder(str(tmp_path), "transcode") as folder:
        assert clear_leftovers(str(tmp_path)) == 1
        assert {path.name for path in tmp_path.iterdir()} == {"something-else", Path(folder).name}
