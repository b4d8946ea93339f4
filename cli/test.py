"""`./reelmill test`: the whole suite, with the servers that it starts itself."""

import subprocess
import sys

import typer

from cli.local.errors import StackError
from cli.local.packages import TO_TEST, install_missing
from cli.local.page_assets import install_page_assets
from cli.local.stack import ROOT


def test(context: typer.Context) -> None:
    """Run the tests; what follows goes to pytest."""
    try:
        install_missing(TO_TEST, typer.echo)
        install_page_assets(ROOT, typer.echo)
    except StackError as problem:
        typer.echo(f"\n{problem}", err=True)
        raise typer.Exit(1) from problem
    done = subprocess.run([sys.executable, "-m", "pytest", *context.args], check=False, cwd=ROOT)
    raise typer.Exit(done.returncode)
