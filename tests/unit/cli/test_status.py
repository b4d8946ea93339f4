"""`./reelmill status ID`."""

import json

from tests.unit.cli.conftest import UPLOADED, Commands, problem, says, video


def test_it_shows_the_steps_and_why_it_failed(commands: Commands) -> None:
    error = {"code": "unplayable", "message": "This is not a video.", "hint": "Upload a video."}
    commands.answers = [says(200, video("failed", error=error))]
    result = commands.run("status", "v1")
    assert result.exit_code == 0
    assert "a.mp4: failed, 50%" in result.stdout
    assert "transcode  done" in result.stdout
    assert "unplayable: This is not a video." in result.stderr


def test_what_a_step_says_is_shown_as_it_is_with_its_brackets(commands: Commands) -> None:
    said = "[/tmp/x] has no [bold] sound"
    step = {
        "name": "transcode",
        "state": "failed",
        "progress": 0.0,
        "attempts": 1,
        "error": {"message": said},
    }
    commands.answers = [says(200, video("failed", steps=[step]))]
    result = commands.run("status", "v1")
    assert said in result.stdout


def test_lines_of_both_streams_stay_lines_in_their_order_when_they_meet(commands: Commands) -> None:
    error = {"code": "unplayable", "message": "This is not a video.", "hint": "Upload a video."}
    commands.answers = [says(200, video("failed", error=error))]
    lines = commands.run("status", "v1").output.splitlines()
    assert lines[-3:] == [
        "http://reelmill/videos/v1",
        "unplayable: This is not a video.",
        "  Upload a video.",
    ]


def test_as_json_it_is_what_the_api_says(commands: Commands) -> None:
    commands.answers = [says(200, video())]
    shown = json.loads(commands.run("status", "v1", "--json").stdout)
    assert shown == video() | {"seconds_until": {}}


def test_playable_is_told_apart_from_ready_and_how_long_each_took(commands: Commands) -> None:
    playable = video("processing", playable=True, playable_at="2026-01-01T12:00:00.900000Z")
    commands.answers = [says(200, playable), says(200, {"items": [UPLOADED]})]
    result = commands.run("status", "v1")
    assert "a.mp4: processing and playable, 50%\nplayable after 0.9 s\n" in result.stdout
    assert str(commands.requests[1].url) == "http://reelmill/v1/videos/v1/events?chunks=false"


def test_a_video_whose_story_is_forgotten_has_no_times(commands: Commands) -> None:
    commands.answers = [says(200, video(ready_at="2026-01-01T12:00:09Z")), says(200, {"items": []})]
    assert json.loads(commands.run("status", "v1", "--json").stdout)["seconds_until"] == {}


def test_an_unknown_video_is_an_error(commands: Commands) -> None:
    commands.answers = [problem(404, "video_not_found")]
    result = commands.run("status", "v2")
    assert (result.exit_code, "video_not_found" in result.stderr) == (1, True)
