"""`./reelmill status ID`: how far a video is, and why it failed."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.client import ApiProblem, connect, give_up, tell_error
from cli.moments import in_words, seconds_until


def status(
    video_id: Annotated[str, typer.Argument(metavar="ID", help="The video's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="The video as JSON.")] = False,
) -> None:
    """Show how far a video is."""
    client = connect()
    try:
        video = client.get(f"/v1/videos/{video_id}")
        seconds = seconds_until(client, video)
    except ApiProblem as problem:
        give_up(problem)
    if as_json:
        typer.echo(json.dumps(video | {"seconds_until": seconds}))
        return
    _show(video, seconds, client.url)


def _show(video: dict[str, Any], seconds: dict[str, float], url: str) -> None:
    name = video["title"] or video["filename"]
    playable = " and playable" if video["playable"] and video["status"] != "ready" else ""
    typer.echo(f"{name}: {video['status']}{playable}, {video['progress']:.0%}")
    if seconds:
        typer.echo(in_words(seconds))
    table = Table("step", "state", "done", "attempts", "problem", box=None, pad_edge=False)
    for step in video["steps"]:
        problem = step["error"]["message"] if step["error"] else ""
        cells = (step["name"], step["state"], f"{step['progress']:.0%}", str(step["attempts"]), problem)
        # As they are: a bare string would be read as rich's markup, where brackets mean colours.
        table.add_row(*map(Text, cells))
    Console().print(table)
    typer.echo(f"{url}{video['links']['page']}")
    if video["error"]:
        tell_error(video["error"])
