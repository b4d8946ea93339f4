"""`./reelmill up`: the whole of Reelmill on this machine, until Ctrl-C."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from cli.local.errors import StackError
from cli.local.folder import alone_in
from cli.local.packages import TO_RUN, install_missing
from cli.local.page_assets import install_page_assets
from cli.local.ports import HOST, is_free
from cli.local.running import run
from cli.local.stack import ROOT, Stack
from pipeline.settings import SettingsInvalid, from_environment


def up(
    data: Annotated[Path, typer.Option(help="The folder that everything is kept under.")] = Path("data"),
    port: Annotated[
        int, typer.Option(help="Where the page and the API listen.", envvar="REELMILL_API__PORT")
    ] = 8000,
) -> None:
    """Start everything on this machine; Ctrl-C stops it."""
    started = time.monotonic()
    try:
        install_missing(TO_RUN, _tell)
        install_page_assets(ROOT, _tell)
        with alone_in(data.resolve()):
            _require_free(port)
            _run(Stack.in_folder(data.resolve(), port), started)
    except SettingsInvalid as problem:
        typer.echo(f"\n{problem.plain}\n{problem.hint}", err=True)
        raise typer.Exit(1) from problem
    except StackError as problem:
        typer.echo(f"\n{problem}", err=True)
        raise typer.Exit(1) from problem


def _run(stack: Stack, started: float) -> None:
    # Here and not above: `check` and `test` must run in a tree where the workers do not import.
    from workers.stages import names

    workers = names(from_environment())
    stack.prepare()
    _tell("starting RabbitMQ, the store, the API and the workers")
    applications = stack.applications((*workers, "relay"))
    asyncio.run(
        run(stack, applications, _tell, lambda: typer.echo(_summary(stack, time.monotonic() - started)))
    )


def _require_free(port: int) -> None:
    if not is_free(port):
        raise StackError(
            f"The API cannot start: something else listens on {HOST}:{port}.\n"
            f"Choose another port: ./reelmill up --port {port + 1}"
        )


def _summary(stack: Stack, seconds: float) -> str:
    credentials = stack.credentials
    user = f"(user {credentials.broker_user}, password {credentials.broker_password})"
    return f"""
Reelmill is ready, after {seconds:.1f} s.

  Page         {stack.urls["page"]}
  API docs     {stack.urls["docs"]}
  RabbitMQ UI  {stack.urls["rabbitmq"]}  {user}
  Data         {stack.folder}
  Logs         {stack.folder / "logs"}

Ctrl-C stops everything.
"""


def _tell(line: str) -> None:
    typer.echo(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr)
