"""`./reelmill dead`: what no worker could do, why, and once more."""

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.client import ApiProblem, Client, connect, give_up

app = typer.Typer(no_args_is_help=True, help="Look at dead letters and replay them.")

Stage = Annotated[str | None, typer.Option(help="Only this stage's.")]
EventId = Annotated[str, typer.Argument(metavar="EVENT_ID", help="As `dead list` shows it.")]
Letter = dict[str, Any]


@app.command("list")
def list_letters(
    stage: Stage = None, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """List dead letters, oldest first."""
    letters = _letters(connect(), stage)
    if as_json:
        typer.echo(json.dumps(letters))
    elif letters:
        _print_list(letters)
    else:
        typer.echo("There are no dead letters.")


@app.command()
def show(event_id: EventId, stage: Stage = None) -> None:
    """Show a dead letter with its body and headers, the error's stack among them."""
    client = connect()
    for letter in _named(_letters(client, stage), event_id):
        try:
            whole = client.get(_path(letter))
        except ApiProblem as problem:
            give_up(problem)
        _print_letter(whole)


@app.command()
def replay(
    event_id: Annotated[str | None, typer.Argument(metavar="EVENT_ID")] = None,
    stage: Stage = None,
    every: Annotated[bool, typer.Option("--all", help="All of them, or all of the stage's.")] = False,
) -> None:
    """Send dead letters to their stage once more, after the cause is gone."""
    if (event_id is None) == (not every):
        raise typer.BadParameter("Name one EVENT_ID, or give --all.")
    client = connect()
    letters = _letters(client, stage)
    for letter in letters if event_id is None else _named(letters, event_id):
        try:
            replayed = client.ask("POST", f"{_path(letter)}/replay").json()["replayed"]
        except ApiProblem as problem:
            give_up(problem)
        outcome = "replayed" if replayed else "was replayed before"
        typer.echo(f"{letter['stage']} {letter['event_id']}: {outcome}")


def _letters(client: Client, stage: str | None) -> list[Letter]:
    try:
        letters: list[Letter] = client.get("/v1/dead-letters", stage=stage)["items"]
    except ApiProblem as problem:
        give_up(problem)
    return letters


def _named(letters: list[Letter], event_id: str) -> list[Letter]:
    """The start of an id is enough, as long as it means one event; two stages may have given up the same."""
    found = [letter for letter in letters if letter["event_id"].startswith(event_id)]
    if len({letter["event_id"] for letter in found}) == 1:
        return found
    typer.echo(
        f"{len(found) or 'No'} dead letters have an id that starts with {event_id}; see `dead list`.",
        err=True,
    )
    raise typer.Exit(1)


def _path(letter: Letter) -> str:
    return f"/v1/dead-letters/{quote(letter['stage'], safe='')}/{quote(letter['event_id'], safe='')}"


def _print_list(letters: list[Letter]) -> None:
    """Three lines each, and no table: ids are for copying, and a table cuts them."""
    for letter in letters:
        typer.echo(f"{letter['stage']}  {letter['event_id']}  {letter['died_at'][:19].replace('T', ' ')}")
        typer.echo(f"  {letter['code']}: {letter['message']}")
        tries = f"{letter['reason']}, {letter['attempts']} failed, {letter['crashes']} crashed"
        typer.echo(f"  {letter['type']} of video {letter['video_id'] or 'unknown'}; {tries}")


def _print_letter(letter: Letter) -> None:
    for name in ("stage", "event_id", "type", "video_id", "reason", "attempts", "crashes", "died_at"):
        typer.echo(f"{name:<10} {letter[name]}")
    typer.echo(f"\n{letter['code']}: {letter['message']}\n  {letter['hint']}\n")
    for name, value in letter["headers"].items():
        typer.echo(f"{name}: {value}")
    typer.echo(f"\n{json.dumps(letter['body'], indent=2, ensure_ascii=False)}")
