"""`./reelmill doctor`: what is wrong with an installation, wherever it is, and how to mend it."""

import json
import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.client import ApiProblem, Client, connect, is_here
from pipeline.checkup import Verdict
from pipeline.checkup.findings import wrong

Told = dict[str, Any]
_WORDS = {Verdict.OK: "ok", Verdict.NOTE: "worth knowing", Verdict.WRONG: "wrong"}
_INDENT = " " * 26


def doctor(
    data: Annotated[Path, typer.Option(help="The folder of the ./reelmill up that is meant.")] = Path("data"),
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Say what is wrong with an installation and how to mend it; 0 if nothing is, else 1."""
    client = connect(data)
    findings = _findings(client, data.absolute())
    counts = Counter(finding["verdict"] for finding in findings)
    if as_json:
        told = {"url": client.url, "wrong": counts["wrong"], "notes": counts["note"], "findings": findings}
        typer.echo(json.dumps(told, indent=2))
    else:
        _print(findings)
        typer.echo(
            f"\n{client.url}: {counts['wrong']} wrong, {counts['note']} worth knowing, {counts['ok']} ok"
        )
    raise typer.Exit(1 if counts["wrong"] else 0)


def _findings(client: Client, data: Path) -> list[Told]:
    try:
        found: list[Told] = client.get("/v1/checkup")["findings"]
    except ApiProblem as problem:
        hint = _HINTS.get(problem.code, problem.hint)
        unanswered = asdict(wrong("api", problem.code, problem.message, hint))
        return [unanswered, *_here(client, problem, data)]
    return found


_HINTS = {
    "key_required": "Set REELMILL_API__KEY to the key of that installation.",
    "not_found": "That installation is older than this command: upgrade it, or look at its /readyz.",
}


def _here(client: Client, problem: ApiProblem, data: Path) -> list[Told]:
    """Where nothing answers that should on this machine, what there is of it."""
    if problem.status or not is_here(client.url) or (os.environ.get("REELMILL_URL") and not data.exists()):
        return []
    # Here and not above: whoever asks an installation elsewhere needs none of it.
    from cli.local.looking import of_this_machine

    return [asdict(finding) for finding in of_this_machine(data)]


def _print(findings: list[Told]) -> None:
    """The worst last: it is what one reads first in a terminal."""
    for verdict, word in _WORDS.items():
        for finding in findings:
            if finding["verdict"] == verdict:
                _print_one(word, finding)


def _print_one(word: str, finding: Told) -> None:
    first, *others = finding["said"].splitlines() or [""]
    typer.echo(f"{word:<14} {finding['about']:<10} {first}")
    for line in others:
        typer.echo(f"{_INDENT}| {line}")
    if finding["next"]:
        typer.echo(f"{_INDENT}{finding['next']}")
