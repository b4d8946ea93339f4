"""`./reelmill dead`: what no worker could do, why, and once more, or never again."""

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.client import ApiProblem, Client, connect, give_up

app = typer.Typer(no_args_is_help=True, help="Look at dead letters, replay or drop them.")

Stage = Annotated[str | None, typer.Option(help="Only this stage's.")]
Reason = Annotated[str | None, typer.Option(help="Only those given up for this reason, as `list` has it.")]
Code = Annotated[str | None, typer.Option(help="Only those with this error.")]
VideoId = Annotated[str | None, typer.Option("--video", metavar="ID", help="Only this video's.")]
EventId = Annotated[str, typer.Argument(metavar="EVENT_ID", help="As `dead list` shows it.")]
OneEventId = Annotated[str | None, typer.Argument(metavar="EVENT_ID", help="As `dead list` shows it.")]
Every = Annotated[bool, typer.Option("--all", help="All, or all of a stage, reason, code or video.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell which those are.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Letter = dict[str, Any]
Filter = dict[str, str | None]


@app.command("list")
def list_letters(
    stage: Stage = None,
    reason: Reason = None,
    code: Code = None,
    video: VideoId = None,
    as_json: AsJson = False,
) -> None:
    """List dead letters, oldest first."""
    letters = _letters(connect(), {"stage": stage, "reason": reason, "code": code, "video": video})
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
    for letter in _named(_letters(client, {"stage": stage}), event_id):
        try:
            whole = client.get(_path(letter))
        except ApiProblem as problem:
            give_up(problem)
        _print_letter(whole)


@app.command()
def replay(
    event_id: OneEventId = None,
    stage: Stage = None,
    reason: Reason = None,
    code: Code = None,
    video: VideoId = None,
    every: Every = False,
    dry_run: DryRun = False,
) -> None:
    """Send dead letters to their stages once more, after the cause is gone."""
    which: Filter = {"stage": stage, "reason": reason, "code": code, "video": video}
    _handle("replay", "replayed", event_id, which, every=every, dry_run=dry_run)


@app.command()
def drop(
    event_id: OneEventId = None,
    stage: Stage = None,
    reason: Reason = None,
    code: Code = None,
    video: VideoId = None,
    every: Every = False,
    dry_run: DryRun = False,
) -> None:
    """Forget dead letters for good; their videos stay failed, and their timelines tell."""
    which: Filter = {"stage": stage, "reason": reason, "code": code, "video": video}
    _handle("drop", "dropped", event_id, which, every=every, dry_run=dry_run)


def _handle(
    action: str, done: str, event_id: str | None, which: Filter, *, every: bool, dry_run: bool
) -> None:
    if (event_id is None) == (not every):
        raise typer.BadParameter("Name one EVENT_ID, or give --all.")
    client = connect()
    meant: dict[str, object] = {name: value for name, value in which.items() if value is not None}
    if event_id is None:
        meant["all"] = True
    else:
        meant["event"] = _named(_letters(client, which), event_id)[0]["event_id"]
    try:
        told = client.ask("POST", f"/v1/dead-letters/{action}", json=meant | {"dry_run": dry_run}).json()
    except ApiProblem as problem:
        give_up(problem)
    _print_counts(told, done)


def _letters(client: Client, which: Filter) -> list[Letter]:
    try:
        letters: list[Letter] = client.get("/v1/dead-letters", **which)["items"]
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


def _print_counts(told: dict[str, Any], done: str) -> None:
    for item in told["items"]:
        typer.echo(f"{item['count']:>6}  {item['stage']}  {item['code']} ({item['reason']})")
    number = f"{told['count']} dead letter{'s' if told['count'] != 1 else ''}"
    typer.echo(f"{number} would be {done}." if told["dry_run"] else f"{number} {done}.")


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
