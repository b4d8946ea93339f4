"""`./reelmill dead list|show|replay`."""

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


def test_it_replays_one_or_all(commands: Commands) -> None:
    commands.answers = [says(200, listed(letter("e1"), letter("e2"))), says(202, {"replayed": True})]
    assert "transcode e1: replayed" in commands.run("dead", "replay", "e1").stdout
    commands.answers = [says(200, listed(letter("e1"), letter("e2"))), says(202, {"replayed": False})]
    assert commands.run("dead", "replay", "--all").stdout.count("was replayed before") == 2
    paths = [request.url.path for request in commands.requests if request.method == "POST"]
    assert paths == [f"/v1/dead-letters/transcode/{each}/replay" for each in ("e1", "e1", "e2")]


def test_replaying_everything_must_be_meant(commands: Commands) -> None:
    assert commands.run("dead", "replay").exit_code == 2
    assert commands.run("dead", "replay", "e1", "--all").exit_code == 2


def test_a_problem_is_told(commands: Commands) -> None:
    commands.answers = [problem(503, "database_unavailable")]
    result = commands.run("dead", "list")
    assert (result.exit_code, "database_unavailable" in result.stderr) == (1, True)
