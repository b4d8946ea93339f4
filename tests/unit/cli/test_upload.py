"""`./reelmill upload FILE`."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import UPLOADED, Commands, broken_off, problem, refused, says, video


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "höhe & tiefe.mp4"
    path.write_bytes(b"x" * 3_000_000)
    return str(path)


def test_it_sends_the_file_with_its_name_and_says_where_to_watch(commands: Commands, file: str) -> None:
    commands.answers = [says(202, video("processing"))]
    result = commands.run("upload", file, "--title", "T", "--notify-url", "https://example.com/")
    (request,) = commands.requests
    assert dict(request.url.params) == {
        "filename": "höhe & tiefe.mp4",
        "title": "T",
        "notify_url": "https://example.com/",
    }
    assert len(request.content) == 3_000_000
    assert request.headers["Content-Length"] == "3000000"
    assert result.exit_code == 0
    assert result.stdout == "v1 processing\nhttp://reelmill/videos/v1\n"


def test_every_attempt_has_the_same_key_and_the_whole_file(commands: Commands, file: str) -> None:
    away = problem(503, "store_unavailable", Retry_After="7")
    commands.answers = [broken_off, away, says(202, video("processing"))]
    assert commands.run("upload", file).exit_code == 0
    assert len({request.headers["Idempotency-Key"] for request in commands.requests}) == 1
    assert [len(request.content) for request in commands.requests] == [3_000_000] * 3
    assert commands.pauses == [1.0, 7.0]


def test_it_gives_up_in_the_end_and_says_what_to_do(commands: Commands, file: str) -> None:
    commands.answers = [broken_off, refused]
    result = commands.run("upload", file)
    assert result.exit_code == 1
    assert "api_unreachable" in result.stderr
    assert "./reelmill up" in result.stderr
    assert 1 < len(commands.requests) < 20


def test_where_nothing_runs_it_says_so_at_once(commands: Commands, file: str) -> None:
    commands.answers = [refused]
    result = commands.run("upload", file)
    assert (result.exit_code, len(commands.requests), commands.pauses) == (1, 1, [])
    assert "./reelmill up" in result.stderr


def test_it_says_that_it_waits_and_for_how_long(commands: Commands, file: str) -> None:
    commands.answers = [problem(503, "store_unavailable", Retry_After="7"), says(202, video("processing"))]
    result = commands.run("upload", file, "--json")
    assert result.stderr == "It is store_unavailable; trying again in 7 s\n"
    assert json.loads(result.stdout)["id"] == "v1"


@pytest.mark.parametrize(
    ("status", "code"), [(413, "upload_too_large"), (422, "invalid_field"), (409, "other")]
)
def test_what_cannot_pass_is_not_tried_again(commands: Commands, file: str, status: int, code: str) -> None:
    commands.answers = [problem(status, code)]
    result = commands.run("upload", file)
    assert (result.exit_code, len(commands.requests)) == (1, 1)
    assert result.stderr == f"{code}: It is {code}.\n  Do this.\n"


def test_waiting_ends_with_0_when_it_is_ready(commands: Commands, file: str) -> None:
    commands.answers = [
        says(202, video("processing")),
        says(200, video("processing"), Retry_After="1", ETag='"one"'),
        says(304, None, Retry_After="1", ETag='"one"'),
        refused,
        says(200, video("ready")),
    ]
    result = commands.run("upload", file, "--wait", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["status"] == "ready"
    assert commands.requests[2].headers["If-None-Match"] == '"one"'


def test_waiting_tells_at_once_when_it_can_be_watched_and_in_the_end_how_long_all_took(
    commands: Commands, file: str
) -> None:
    playable = {"playable": True, "playable_at": "2026-01-01T12:00:00.900000Z"}
    commands.answers = [
        says(202, video("processing")),
        says(200, video("processing"), Retry_After="1"),
        says(200, video("processing", **playable), Retry_After="1"),
        says(200, video("ready", **playable, ready_at="2026-01-01T12:00:12.340000Z")),
        says(200, {"items": [UPLOADED]}),
    ]
    result = commands.run("upload", file, "--wait", "--json")
    assert json.loads(result.stdout)["seconds_until"] == {"playable": 0.9, "ready": 12.34}
    assert result.stderr == "playable: http://reelmill/videos/v1\n"


@pytest.mark.parametrize("as_json", [True, False])
def test_waiting_ends_with_1_and_the_reason_when_it_failed(
    commands: Commands, file: str, as_json: bool
) -> None:
    error = {"code": "unplayable", "message": "This is not a video.", "hint": "Upload a video."}
    commands.answers = [says(202, video("processing")), says(200, video("failed", error=error))]
    result = commands.run("upload", file, "--wait", *(["--json"] if as_json else []))
    assert result.exit_code == 1
    assert result.stderr == "unplayable: This is not a video.\n  Upload a video.\n"
    assert not as_json or json.loads(result.stdout)["error"] == error


def test_waiting_for_a_video_that_somebody_cancels_ends_with_1(commands: Commands, file: str) -> None:
    commands.answers = [says(202, video("processing")), says(200, video("cancelled"))]
    result = commands.run("upload", file, "--wait")
    assert (result.exit_code, "cancelled" in result.stderr) == (1, True)


def test_a_file_that_is_not_there_is_said_before_anything_is_sent(commands: Commands) -> None:
    assert commands.run("upload", "/nowhere.mp4").exit_code == 2
    assert commands.requests == []
