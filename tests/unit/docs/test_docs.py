"""The pages under docs/ say what the code says."""

import json
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest
import typer
from pydantic import SecretStr, TypeAdapter

from cli.__main__ import app as cli
from cli.local.stack import ROOT
from pipeline.failpoints import NAMES as FAILPOINTS
from pipeline.services import Services
from pipeline.settings import Settings
from pipeline.topology import derive
from pipeline.video import _STEP_MOVES, _VIDEO_MOVES
from tests.unit.docs.errors_table import PAGE, errors, whole
from tests.unit.docs.settings_tree import variables
from upload_api.app import create_app
from workers.stages import build

DOCS = ROOT / "docs"
PAGES = [*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]


def _rows(page: str) -> dict[str, str]:
    """First and second cell of each row of the page's tables."""
    return dict(re.findall(r"^\| `([^`]+)` \| ?([^|]*?) ?\|", (DOCS / page).read_text(), re.MULTILINE))


def test_every_setting_is_in_the_docs_with_its_default() -> None:
    told = {name: cell.strip().strip("`") for name, cell in _rows("settings.md").items()}
    for variable, default in variables().items():
        assert variable in told, f"docs/settings.md says nothing of {variable}"
        assert told[variable] == _shown(default), variable


def test_the_docs_name_no_setting_that_does_not_exist() -> None:
    known = {*variables(), "REELMILL_URL", "REELMILL_FAILPOINTS", "REELMILL_CORPUS", "REELMILL_IMAGE"}
    known |= {"REELMILL_SECRETS", "REELMILL_RABBITMQ_ROOT"}
    known |= {"REELMILL_TEST_POSTGRES", "REELMILL_TEST_STORE"}
    for page in PAGES:
        named = set(re.findall(r"\bREELMILL_[A-Z_]+[A-Z]\b", page.read_text()))
        assert named <= known, f"{page.name}: {named - known}"


def test_durations_and_lists_are_written_as_the_docs_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_WORK__LEASE", "PT45S")
    monkeypatch.setenv("REELMILL_RELAY__KEEP", "P7D")
    monkeypatch.setenv("REELMILL_WORK__HEARTBEAT", "00:00:02")
    monkeypatch.setenv("REELMILL_WORK__RUNGS", '["PT10S", "PT1M"]')
    settings = Settings()
    assert settings.work.lease == timedelta(seconds=45)
    assert settings.relay.keep == timedelta(days=7)
    assert settings.work.heartbeat == timedelta(seconds=2)
    assert settings.work.rungs == [timedelta(seconds=10), timedelta(minutes=1)]


def test_every_error_is_in_the_docs_with_its_words_and_its_next_step() -> None:
    assert {error.code for error in errors()} <= _rows("errors.md").keys()
    assert PAGE.read_text() == whole(), "run: python -m tests.unit.docs.errors_table"


def test_the_architecture_shows_the_topology_that_is_declared() -> None:
    text = (DOCS / "architecture.md").read_text()
    topology = derive(build(Settings()), Settings().work.rungs)
    told = {name.replace("`", "") for name in re.findall(r"^\| (`reelmill\.[\w.]+`)", text, re.MULTILINE)}
    declared = {exchange.name for exchange in topology.exchanges} | {queue.name for queue in topology.queues}
    assert told == declared


@pytest.mark.parametrize("moves", [_VIDEO_MOVES, _STEP_MOVES], ids=["video", "step"])
def test_the_architecture_shows_every_move_of_the_state_machines(moves: dict[str, set[str]]) -> None:
    text = (DOCS / "architecture.md").read_text()
    diagrams = re.findall(r"stateDiagram-v2\n(.*?)```", text, re.DOTALL)
    shown = [set(re.findall(r"^ +(\w+) --> (\w+)", diagram, re.MULTILINE)) for diagram in diagrams]
    assert {(str(start), str(end)) for start, ends in moves.items() for end in ends} in shown


def test_the_architecture_names_every_failpoint() -> None:
    text = (DOCS / "architecture.md").read_text()
    assert {name for name in FAILPOINTS if f"`{name}`" not in text} == set()


def test_every_route_of_the_api_is_on_its_page() -> None:
    text = (DOCS / "api.md").read_text()
    settled = cast("Services", SimpleNamespace(settings=Settings()))
    for route in create_app(settled).openapi()["paths"]:
        shape = re.sub(r"\\{\w+\\}", r"[\\w.-]+", re.escape(route.replace("{path}", "")))
        assert re.search(rf"{shape}(?![\w/-])", text), route


def test_every_command_that_a_page_shows_exists() -> None:
    click = typer.main.get_command(cli)
    known = set(click.commands)  # type: ignore[attr-defined]  # a group, which typer's types do not say
    for page in PAGES:
        shown = set(re.findall(r"\./reelmill ([a-z]+)\b", page.read_text()))
        assert shown <= known, f"{page.name}: {shown - known}"


def test_every_link_between_the_pages_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


def test_every_file_that_a_page_names_exists() -> None:
    for page in PAGES:
        for named in re.findall(
            r"`((?:pipeline|workers|upload_api|cli|tests|docs)/[\w/.-]+)`", page.read_text()
        ):
            assert _exists(named) or "captions" in named, f"{page.relative_to(ROOT)}: {named}"


def test_the_decisions_are_numbered_and_half_a_page_each() -> None:
    pages = sorted((DOCS / "adr").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        assert len(page.read_text().splitlines()) <= 40, page.name


def _exists(named: str) -> bool:
    return (ROOT / named).exists() or bool(list(ROOT.glob(named)))


def _shown(default: object) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if default is None:
        return ""
    if isinstance(default, (bool, timedelta, list)):
        found = json.loads(TypeAdapter(type(default)).dump_json(default))
        return found if isinstance(found, str) else json.dumps(found, separators=(",", ":"))
    return str(default)
