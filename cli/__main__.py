"""Reelmill's command line; `./reelmill` alone lists the commands."""

import typer

from cli.check import check
from cli.test import test
from cli.up import up

app = typer.Typer(name="reelmill", no_args_is_help=True, add_completion=False, help=__doc__)
app.command()(up)
app.command()(check)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(test)

app(prog_name="./reelmill")
