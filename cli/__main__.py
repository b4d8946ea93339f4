"""Reelmill's command line; `./reelmill` alone lists the commands."""

import typer

from cli import dead
from cli.chaos import chaos
from cli.check import check
from cli.doctor import doctor
from cli.restart import restart
from cli.status import status
from cli.test import test
from cli.up import up
from cli.upload import upload
from cli.verify import verify

app = typer.Typer(
    name="reelmill", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
app.command()(up)
app.command()(upload)
app.command()(status)
app.command()(restart)
app.command()(verify)
app.add_typer(dead.app, name="dead")
app.command()(doctor)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(test)
app.command()(check)
app.command(
    add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)(chaos)

if __name__ == "__main__":
    app(prog_name="./reelmill")
