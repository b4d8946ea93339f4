"""`./reelmill upload FILE`: sends a video and, if asked to, waits until it can be watched."""

import json
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from cli.client import ApiProblem, Client, connect, give_up, tell_error
from cli.moments import in_words, seconds_until

_UNDER_WAY = {"uploading", "processing"}
_BLOCK = 1024**2

Video = dict[str, Any]


def upload(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The video.")],
    title: Annotated[str | None, typer.Option(help="Shown instead of the file's name.")] = None,
    notify_url: Annotated[str | None, typer.Option(help="Told when it is ready or failed.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until it is ready or failed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The video as JSON on stdout.")] = False,
) -> None:
    """Upload a video."""
    client = connect()
    try:
        video = send(client, file, {"title": title, "notify_url": notify_url})
        if wait:
            video = watch(client, video["id"])
            video["seconds_until"] = seconds_until(client, video)
    except ApiProblem as problem:
        give_up(problem)
    typer.echo(json.dumps(video) if as_json else f"{video['id']} {video['status']}")
    if not as_json:
        typer.echo(f"{client.url}{video['links']['page']}")
        if video.get("seconds_until"):
            typer.echo(in_words(video["seconds_until"]))
    if wait:
        _end(video)


def send(client: Client, file: Path, said: dict[str, str | None]) -> Video:
    """One key for all attempts: the repeat of one that did arrive gets the same video. Raises ApiProblem."""
    size = file.stat().st_size
    params = {"filename": file.name} | {name: value for name, value in said.items() if value is not None}
    headers = {
        "Idempotency-Key": str(uuid.uuid4()),
        "Content-Length": str(size),
        "Content-Type": "application/octet-stream",
    }
    with _bars(DownloadColumn(), TransferSpeedColumn()) as bars:
        bar = bars.add_task("upload", total=size)

        def attempt() -> httpx.Response:
            bars.reset(bar)
            sent = _blocks(file, lambda count: bars.advance(bar, count))
            return client.ask("POST", "/v1/videos", params=params, headers=headers, content=sent)

        video: Video = client.persist(attempt).json()
        bars.update(bar, completed=size)
        return video


def watch(client: Client, video_id: str) -> Video:
    """Until it is ready, failed or cancelled; tells when it can be watched. Raises ApiProblem."""
    video: Video = {}
    told = False
    shown: dict[str, TaskID] = {}
    with _bars(TextColumn("{task.percentage:>3.0f} %"), TextColumn("{task.fields[state]}")) as bars:
        for video in client.follow(video_id):
            for step in video["steps"]:
                bar = shown.get(step["name"])
                if bar is None:
                    bar = shown[step["name"]] = bars.add_task(step["name"], total=1.0, state="waiting")
                bars.update(bar, completed=step["progress"], state=step["state"])
            if video["playable"] and not told:
                told = True
                bars.console.print(f"playable: {client.url}{video['links']['page']}", soft_wrap=True)
            if video["status"] not in _UNDER_WAY:  # its notice may take its time
                break
    return video


def _blocks(file: Path, tell: Callable[[int], None]) -> Iterator[bytes]:
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            yield block
            tell(len(block))


def _bars(*columns: Any) -> Progress:
    """On stderr, so that what a program reads is on stdout alone."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        *columns,
        console=console,
        disable=not console.is_terminal,
    )


def _end(video: Video) -> None:
    if video["status"] == "ready":
        return
    tell_error(
        video["error"]
        or {"code": video["status"], "message": f"The video is {video['status']}.", "hint": "Nothing to do."}
    )
    sys.exit(1)
