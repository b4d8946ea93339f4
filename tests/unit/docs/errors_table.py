"""The tables of docs/errors.md, from the code: `python -m tests.unit.docs.errors_table` writes them."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator

import pipeline
import upload_api
import workers
from cli.local.stack import ROOT
from pipeline.errors import Cancelled, FenceLost, Outage, Permanent, ReelmillError
from upload_api.problems import status_of

PAGE = ROOT / "docs" / "errors.md"
_BEGIN, _END = "<!-- written by tests/unit/docs/errors_table.py: {} -->", "<!-- end -->"
_PRODUCT = (pipeline, workers, upload_api)
_KINDS = ("media", "worker", "api")


def errors() -> list[type[ReelmillError]]:
    """One for each code, in the order of the codes."""
    for package in _PRODUCT:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and ".migrations" not in module.name:
                importlib.import_module(module.name)
    found = {kind.code: kind for kind in _below(ReelmillError) if "code" in vars(kind)}
    ours = {package.__name__ for package in _PRODUCT}  # tests and rigs have errors of their own
    return [found[code] for code in sorted(found) if found[code].__module__.partition(".")[0] in ours]


def whole() -> str:
    """The page as it should be."""
    text = PAGE.read_text()
    for kind in _KINDS:
        begin = _BEGIN.format(kind)
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{_table(kind)}{_END}{rest.partition(_END)[2]}"
    return text


def _table(kind: str) -> str:
    rows = [_row(error, kind) for error in errors() if _kind(error) == kind]
    title = "status" if kind == "api" else "tried again"
    return "\n".join([f"| code | {title} | what it says | what to do |", "|---|---|---|---|", *rows, ""])


def _row(error: type[ReelmillError], kind: str) -> str:
    second = _status(error) if kind == "api" else _again(error)
    return f"| `{error.code}` | {second} | {error.message} | {error.hint} |"


def _kind(error: type[ReelmillError]) -> str:
    if error.__module__.startswith("workers.media"):
        return "media"
    return "worker" if error.__module__.startswith("pipeline.") and _status(error) == 500 else "api"


def _status(error: type[ReelmillError]) -> int:
    return status_of(error.__new__(error))


def _again(error: type[ReelmillError]) -> str:
    if issubclass(error, (Cancelled, FenceLost)):
        return "-"
    if issubclass(error, Outage):
        return "until it works"
    return "no" if issubclass(error, Permanent) else "yes"


def _below(kind: type[ReelmillError]) -> Iterator[type[ReelmillError]]:
    yield kind
    for error in kind.__subclasses__():
        yield from _below(error)


if __name__ == "__main__":
    PAGE.write_text(whole())
    sys.stdout.write(f"{PAGE}\n")
