"""`./reelmill up`: the whole of Reelmill on this machine, until Ctrl-C."""

import asyncio
import contextlib
import errno
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from cli.client import credentials
from cli.local.errors import StackError
from cli.local.folder import alone_in, cannot_go_on, require_name_for_all
from cli.local.packages import TO_RUN, install_missing
from cli.local.page_assets import install_page_assets
from cli.local.ports import why_not_free
from cli.local.running import run
from cli.local.stack import ROOT, Stack
from pipeline.settings import SettingsInvalid, from_environment


def up(
    data: Annotated[Path, typer.Option(help="The folder that everything is kept under.")] = Path("data"),
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65535, help="Where the page and the API listen.", envvar="REELMILL_API__PORT"
        ),
    ] = 8000,
) -> None:
    """Start everything on this machine; Ctrl-C stops it."""
    try:
        _start(data.absolute(), port, time.monotonic())
    except SettingsInvalid as problem:
        typer.echo(f"\n{problem.plain}\n{problem.hint}", err=True)
        raise typer.Exit(1) from problem
    except StackError as problem:
        typer.echo(f"\n{problem}", err=True)
        raise typer.Exit(1) from problem


def _start(data: Path, port: int, started: float) -> None:
    """Raises StackError or SettingsInvalid, and no OSError."""
    try:
        install_missing(TO_RUN, _tell)
        install_page_assets(ROOT, _tell)
        # From here on: what is installed is for everybody, what is kept is not.
        os.umask(0o077)
        folder = data.resolve()
        require_name_for_all(folder)
        with alone_in(folder):
            _run(folder, port, started)
    except OSError as error:
        raise cannot_go_on(data, error) from error


def _run(folder: Path, port: int, started: float) -> None:
    # Here and not above: `check` and `test` must run in a tree where the workers do not import.
    from workers.stages import names

    settings = from_environment()
    workers = names(settings)
    _require_free(port, settings.api.host)
    stack = Stack.in_folder(folder, port, settings.api.host)
    stack.prepare()
    _tell("starting RabbitMQ, the store, the API and the workers")
    applications = stack.applications((*workers, "relay"))
    asyncio.run(
        run(stack, applications, _tell, lambda: typer.echo(_summary(stack, time.monotonic() - started)))
    )


def _require_free(port: int, host: str) -> None:
    refusal = why_not_free(port, host)
    if refusal is None:
        return
    if refusal.errno == errno.EADDRINUSE:
        why = f"something else listens on {host}:{port}.\nChoose another port: --port {port % 65535 + 1}"
    elif refusal.errno == errno.EACCES:
        why = f"only root may listen on {host}:{port}.\nChoose a port from 1024 on: --port 8000"
    else:
        reason = str(refusal.strerror).partition(" (")[0]
        why = f"it cannot listen on {host}:{port}: {reason}.\nMend REELMILL_API__HOST"
    raise StackError(f"The API cannot start: {why}")


def _summary(stack: Stack, seconds: float) -> str:
    secrets = stack.credentials
    user = f"(user {secrets.broker_user}, password {secrets.broker_password})"
    asks = "  (any user, password REELMILL_API__KEY)" if credentials(os.environ) else ""
    return f"""
Reelmill is ready, after {seconds:.1f} s.

  Page         {stack.urls["page"]}{asks}
  API docs     {stack.urls["docs"]}
  RabbitMQ UI  {stack.urls["rabbitmq"]}  {user}
  Data         {stack.folder}
  Logs         {stack.folder / "logs"}

Ctrl-C stops everything.
"""


def _tell(line: str) -> None:
    # Its terminal may be gone, or the disk that it is written to full: not a reason to stop.
    with contextlib.suppress(OSError):
        typer.echo(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr)
