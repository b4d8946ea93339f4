"""`./reelmill dead list|show|replay|drop`."""

import json

import pytest

from tests.unit.cli.conftest import Commands, problem, says


def letter(event_id: str, stage: str = "transcode") -> dict[str, object]:
    return {
        "stage": stage,
        "event_id": event_id,
        "type": "video.uploaded.v1",
        "video_id": "v1",
        "code": "unplayable",
        "message": "This is not a video.",
        "hint": "Upload a video.",
        "reason": "permanent",
        "attempts": 1,
        "crashes": 0,
        "died_at": "2026-11-23T10:00:00Z",
    }


def listed(*letters: dict[str, object]) -> dict[str, object]:
    return {"items": list(letters)}


def test_it_lists_what_died_and_why(commands: Commands) -> None:
    commands.answers = [says(200, listed(letter("e1")))]
    result = commands.run("dead", "list", "--stage", "transcode")
    for shown in ("transcode", "e1", "video.uploaded.v1", "v1", "unplayable: This is not a video."):
        assert shown in result.stdout
    assert dict(commands.requests[0].url.params) == {"stage": "transcode"}


def test_an_empty_list_says_so(commands: Commands) -> None:
    commands.answers = [says(200, listed())]
    assert commands.run("dead", "list").stdout == "There are no dead letters.\n"


def test_the_start_of_an_id_is_enough_to_show_one(commands: Commands) -> None:
    whole = letter("e1-and-more") | {"body": {"subject": "v1"}, "headers": {"reelmill-stack": "Traceback"}}
    commands.answers = [says(200, listed(letter("e1-and-more"), letter("e2"))), says(200, whole)]
    result = commands.run("dead", "show", "e1")
    assert commands.requests[1].url.path == "/v1/dead-letters/transcode/e1-and-more"
    assert "Traceback" in result.stdout
    assert '"subject": "v1"' in result.stdout


def test_an_id_that_means_two_or_none_is_refused(commands: Commands) -> None:
    commands.answers = [says(200, listed(letter("e1"), letter("e2")))]
    for event_id in ("e", "x"):
        assert commands.run("dead", "show", event_id).exit_code == 1
    assert len(commands.requests) == 2


def handled(count: int, *, dry_run: bool = False) -> dict[str, object]:
    group = {"stage": "transcode", "reason": "permanent", "code": "unplayable", "count": count}
    return {"dry_run": dry_run, "count": count, "items": [group] if count else []}


def sent(commands: Commands) -> tuple[str, dict[str, object]]:
    (request,) = [request for request in commands.requests if request.method == "POST"]
    return request.url.path, json.loads(request.content)


@pytest.mark.parametrize(("action", "done"), [("replay", "replayed"), ("drop", "dropped")])
def test_it_replays_or_drops_the_one_that_is_named(commands: Commands, action: str, done: str) -> None:
    commands.answers = [says(200, listed(letter("e1-and-more"), letter("e2"))), says(202, handled(1))]
    result = commands.run("dead", action, "e1", "--stage", "transcode")
    assert f"1 dead letter {done}." in result.stdout
    meant = {"stage": "transcode", "event": "e1-and-more", "dry_run": False}
    assert sent(commands) == (f"/v1/dead-letters/{action}", meant)


@pytest.mark.parametrize(("action", "done"), [("replay", "replayed"), ("drop", "dropped")])
def test_it_replays_or_drops_all_that_something_is_said_of(
    commands: Commands, action: str, done: str
) -> None:
    commands.answers = [says(202, handled(12))]
    result = commands.run("dead", action, "--all", "--reason", "permanent", "--code", "unplayable")
    assert result.stdout == f"    12  transcode  unplayable (permanent)\n12 dead letters {done}.\n"
    meant = {"reason": "permanent", "code": "unplayable", "all": True, "dry_run": False}
    assert sent(commands) == (f"/v1/dead-letters/{action}", meant)


def test_a_dry_run_tells_that_it_was_one(commands: Commands) -> None:
    commands.answers = [says(200, handled(0, dry_run=True))]
    result = commands.run("dead", "drop", "--all", "--video", "v1", "--dry-run")
    assert result.stdout == "0 dead letters would be dropped.\n"
    meant = {"video": "v1", "all": True, "dry_run": True}
    assert sent(commands) == ("/v1/dead-letters/drop", meant)


@pytest.mark.parametrize("action", ["replay", "drop"])
def test_handling_everything_must_be_meant(commands: Commands, action: str) -> None:
    for said in ([], ["--stage", "transcode"], ["e1", "--all"]):
        assert commands.run("dead", action, *said).exit_code == 2
    assert not commands.requests


def test_a_problem_is_told(commands: Commands) -> None:
    commands.answers = [problem(503, "database_unavailable")]
    result = commands.run("dead", "list")
    assert (result.exit_code, "database_unavailable" in result.stderr) == (1, True)
