"""`./reelmill verify DIR|URL|ID`: measures whether an HLS tree, ours or another's, keeps its promises."""

import json
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated
from urllib.parse import urljoin

import httpx
import typer
from rich.console import Console

from cli.client import ApiProblem, connect, give_up, proxies_apply
from cli.conformance.decoding import check_decoding
from cli.conformance.findings import Finding
from cli.conformance.inspection import Inspection, inspect
from cli.conformance.places import Folder, Place, Web, master_in
from cli.conformance.report import as_json, show

_TIMEOUT = httpx.Timeout(60, connect=5)


def verify(
    what: Annotated[
        str,
        typer.Argument(metavar="DIR|URL|ID", help="A folder or master playlist, its URL, or a video's id."),
    ],
    decode: Annotated[bool, typer.Option("--decode", help="Decode everything with ffmpeg, too.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail, too.")] = False,
    as_data: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Measure whether HLS conforms; 0 if it does, else 1."""
    if decode and shutil.which("ffprobe") is None:
        give_up(
            ApiProblem(
                "ffprobe_missing", "ffprobe is not installed.", "Install ffmpeg, or leave --decode out."
            )
        )
    with ExitStack() as stack:
        done = _inspect(what, stack, decode=decode)
    if as_data:
        typer.echo(json.dumps(as_json(done, strict=strict)))
    else:
        show(done, strict=strict)
    raise typer.Exit(0 if done.conforms(strict=strict) else 1)


def _inspect(what: str, stack: ExitStack, *, decode: bool) -> Inspection:
    found = master_in(Path(what)) if Path(what).exists() else None
    if isinstance(found, Finding):
        return Inspection(what, [found])
    place: Place
    if found is not None:
        place, address = Folder(), str(found)
    else:
        address = what if what.startswith(("http://", "https://")) else _address_of(what)
        http = httpx.Client(timeout=_TIMEOUT, follow_redirects=True, trust_env=proxies_apply(address))
        place = Web(stack.enter_context(http))
    status = stack.enter_context(Console(stderr=True).status("measuring")) if sys.stderr.isatty() else None
    done = inspect(place, address, lambda uri: status.update(f"measuring {uri}") if status else None)
    if decode and done.tree:
        for rendition in done.tree.renditions.values():
            done.findings += check_decoding(place, rendition)
    return done


def _address_of(video_id: str) -> str:
    client = connect()
    try:
        playback = client.get(f"/v1/videos/{video_id}")["playback"] or {}
        address = playback.get("hls") or playback.get("live")
        if not address:
            hint = "Wait until it is playable: `./reelmill status ID`."
            raise ApiProblem("not_playable", "The video has no HLS yet.", hint)
    except ApiProblem as problem:
        give_up(problem)
    return urljoin(f"{client.url}/", str(address))
