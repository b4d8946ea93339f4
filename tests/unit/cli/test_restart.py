"""`./reelmill restart ID`."""

from tests.unit.cli.conftest import Commands, problem, says, video


def test_it_asks_for_the_video_to_be_made_again_and_says_where_to_look(commands: Commands) -> None:
    commands.answers = [says(202, video())]
    result = commands.run("restart", "v1")
    assert (result.exit_code, result.stdout) == (0, "a.mp4: started again\nhttp://reelmill/videos/v1\n")
    (request,) = commands.requests
    assert (request.method, request.url.path) == ("POST", "/v1/videos/v1/restart")


def test_what_cannot_be_made_again_is_said_in_plain_words(commands: Commands) -> None:
    commands.answers = [problem(409, "illegal_state")]
    result = commands.run("restart", "v1")
    assert result.exit_code == 1
    assert result.stderr == "illegal_state: It is illegal_state.\n  Do this.\n"
