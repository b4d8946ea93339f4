"""`./reelmill chaos`: the fault rig, which lies outside of the program and is a process of its own."""

import os
import sys

import typer

from cli.local.errors import StackError
from cli.local.packages import TO_TEST, install_missing
from cli.local.stack import ROOT


def chaos(context: typer.Context) -> None:
    """Hurt an installation made for it, and count what became of every upload; alone it lists the ways."""
    try:
        install_missing(TO_TEST, typer.echo)
    except StackError as problem:
        typer.echo(f"\n{problem}", err=True)
        raise typer.Exit(1) from problem
    os.chdir(ROOT)
    # In our place, so that whoever ends us ends it.
    os.execv(sys.executable, (sys.executable, "-P", "-m", "chaos", *context.args))  # noqa: S606  no shell
