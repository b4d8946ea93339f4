"""Failpoints do what the environment arms, at that place only, and refuse what they do not know."""

import os
import signal
import subprocess
import sys

import pytest

from pipeline.failpoints import NAMES, FailpointHit, reach


def test_nothing_happens_when_nothing_is_armed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REELMILL_FAILPOINTS", raising=False)
    passed = []
    for name in NAMES:
        reach(name)
        passed.append(name)
    assert set(passed) == NAMES


def test_only_the_armed_place_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_FAILPOINTS", "commit.after=raise,ack.after=raise")
    reach("claim.after")
    with pytest.raises(FailpointHit, match=r"commit\.after"):
        reach("commit.after")


def test_an_armed_place_kills_its_process_as_nobody_could_prevent() -> None:
    script = "from pipeline.failpoints import reach\ntry: reach('claim.after')\nfinally: print('cleaned up')"
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"REELMILL_FAILPOINTS": "claim.after=kill"},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")


@pytest.mark.parametrize("armed", ["commit.befor=kill", "claim.after=kill,nowhere=raise"])
def test_a_place_that_does_not_exist_is_refused_with_those_that_do(
    monkeypatch: pytest.MonkeyPatch, armed: str
) -> None:
    monkeypatch.setenv("REELMILL_FAILPOINTS", armed)
    with pytest.raises(ValueError, match=r"befor|nowhere") as refused:
        reach("claim.after")
    assert "publish.after" in str(refused.value)


@pytest.mark.parametrize("armed", ["claim.after=explode", "claim.after"])
def test_an_action_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch, armed: str) -> None:
    monkeypatch.setenv("REELMILL_FAILPOINTS", armed)
    with pytest.raises(ValueError, match="kill"):
        reach("claim.after")
