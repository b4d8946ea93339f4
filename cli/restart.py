"""`./reelmill restart ID`: a video made from its source once more."""

from typing import Annotated

import typer

from cli.client import ApiProblem, connect, give_up


def restart(
    video_id: Annotated[str, typer.Argument(metavar="ID", help="The video's id.")],
) -> None:
    """Make a video from its source once more, with the settings of now."""
    client = connect()
    try:
        video = client.ask("POST", f"/v1/videos/{video_id}/restart").json()
    except ApiProblem as problem:
        give_up(problem)
    typer.echo(f"{video['title'] or video['filename']}: started again")
    typer.echo(f"{client.url}{video['links']['page']}")
