"""Scratch folders do not outlive the process that used them."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import HandlerBroken, ScratchFull
from pipeline.scratch import attempt_folder, clear_leftovers

_HOLD = """
import sys
from pipeline.scratch import attempt_folder
with attempt_folder(sys.argv[1], "transcode") as folder:
    (folder / "half.m4s").write_bytes(b"x")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_an_attempts_folder_is_gone_after_it(tmp_path: Path) -> None:
    with attempt_folder(str(tmp_path), "transcode") as folder:
        (folder / "half.m4s").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_cleared_and_what_a_living_one_uses_is_kept(tmp_path: Path) -> None:
    (tmp_path / "something-else").mkdir()
    worker = subprocess.Popen(
        [sys.executable, "-c", _HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    used = Path(worker.stdout.readline().strip())
    assert clear_leftovers(str(tmp_path), "transcode") == 0
    worker.kill()
    worker.communicate()
    assert used.exists()
    assert clear_leftovers(str(tmp_path), "transcode") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["something-else"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_write_that_finds_no_room_is_an_outage_of_the_disk(tmp_path: Path, number: int) -> None:
    with pytest.raises(ScratchFull), attempt_folder(str(tmp_path), "transcode"):
        raise OSError(number, "as the kernel says it")
    assert list(tmp_path.iterdir()) == []


def test_any_other_failure_stays_what_it_is_while_there_is_room(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), attempt_folder(str(tmp_path), "transcode"):
        raise PermissionError
    with pytest.raises(HandlerBroken), attempt_folder(str(tmp_path), "transcode"):
        raise HandlerBroken
