"""`./reelmill doctor`, against a scripted API and, where none answers, a data folder."""

import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.local import looking
from tests.unit.cli.conftest import Commands, problem, refused, says


def finding(verdict: str, said: str, **other: str) -> dict[str, str]:
    return {"about": "store", "code": "x", "verdict": verdict, "said": said, "next": ""} | other


def checkup(*findings: dict[str, str]) -> dict[str, object]:
    return {"wrong": 0, "notes": 0, "findings": list(findings)}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a stack; what its machine can do is not this test's matter."""
    monkeypatch.setattr(looking, "_of_machine", lambda _: [])
    (tmp_path / "logs").mkdir()
    return tmp_path


@pytest.fixture
def held(data: Path) -> Iterator[Path]:
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield data


@pytest.fixture
def dead_pid() -> int:
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def pids(data: Path, **of: int) -> None:
    (data / "stack.json").write_text(json.dumps({"pid": 1, "pids": of}))


def test_it_ends_with_0_when_nothing_is_wrong(commands: Commands) -> None:
    commands.answers = [says(200, checkup(finding("ok", "All well."), finding("note", "A trifle.")))]
    result = commands.run("doctor")
    assert result.exit_code == 0
    assert "0 wrong, 1 worth knowing, 1 ok" in result.stdout
    assert commands.requests[0].url.path == "/v1/checkup"


def test_it_ends_with_1_when_something_is_and_says_what_to_do_with_the_worst_last(commands: Commands) -> None:
    bad = finding("wrong", "It is full.", next="Make room.")
    commands.answers = [says(200, checkup(bad, finding("note", "A trifle."), finding("ok", "All well.")))]
    result = commands.run("doctor")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    told = [line for line in lines if "store" in line]
    assert [line.split("  ")[0] for line in told] == ["ok", "worth knowing", "wrong"]
    assert lines.index("wrong          store      It is full.") + 1 == lines.index(f"{' ' * 26}Make room.")


def test_it_gives_json(commands: Commands) -> None:
    commands.answers = [says(200, checkup(finding("wrong", "It is full.")))]
    result = commands.run("doctor", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["wrong"], told["findings"][0]["said"]) == (1, 1, "It is full.")


def test_a_key_that_is_missing_is_named(commands: Commands) -> None:
    commands.answers = [problem(401, "key_required")]
    result = commands.run("doctor")
    assert result.exit_code == 1
    assert "REELMILL_API__KEY" in result.stdout


def test_an_installation_that_is_older_than_the_command_is_told(commands: Commands) -> None:
    commands.answers = [problem(404, "not_found")]
    assert "older than this command" in commands.run("doctor").stdout


def test_of_another_machine_that_does_not_answer_nothing_is_looked_for_here(
    commands: Commands, data: Path
) -> None:
    commands.answers = [refused]
    result = commands.run("doctor", "--data", str(data))
    assert result.exit_code == 1
    assert "api_unreachable" not in result.stdout
    assert "does not answer" in result.stdout
    assert "./reelmill up runs" not in result.stdout


def test_where_nothing_runs_it_says_how_to_start_it(local: Commands, data: Path) -> None:
    result = local.run("doctor", "--data", str(data))
    assert result.exit_code == 1
    assert f"No ./reelmill up runs on {data}" in result.stdout
    assert "REELMILL_URL" in result.stdout


def test_one_that_was_killed_is_told_from_one_that_was_stopped(local: Commands, data: Path) -> None:
    pids(data, api=os.getpid())
    assert f"on {data} was killed" in local.run("doctor", "--data", str(data)).stdout


def test_of_one_that_runs_it_names_the_process_that_does_not_with_the_end_of_its_log(
    local: Commands, held: Path, dead_pid: int
) -> None:
    pids(held, rabbitmq=os.getpid(), api=dead_pid)
    (held / "logs" / "api.log").write_text("first\n" * 20 + "the disk is full\n")
    shown = local.run("doctor", "--data", str(held)).stdout
    assert f"rabbitmq runs (pid {os.getpid()})" in shown
    assert f"api (pid {dead_pid}) does not run" in shown
    assert "| the disk is full" in shown
    assert shown.count("| first") < 10


def test_an_api_that_runs_and_does_not_answer_is_told_with_its_log(local: Commands, held: Path) -> None:
    pids(held, api=os.getpid())
    (held / "logs" / "api.log").write_text("waiting for the database\n")
    shown = local.run("doctor", "--data", str(held)).stdout
    assert "runs and does not answer" in shown
    assert "| waiting for the database" in shown


def test_one_that_still_starts_is_worth_knowing(local: Commands, held: Path) -> None:
    pids(held, epmd=os.getpid())
    assert "still starting: epmd so far" in local.run("doctor", "--data", str(held)).stdout


def test_a_machine_that_could_not_do_the_work_is_told_though_no_api_answers(
    local: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Not installed on this machine: ffmpeg" in local.run("doctor", "--data", str(tmp_path)).stdout
