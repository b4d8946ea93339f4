"""Log lines of a real process: JSON for machines, readable for people, each with the ids it belongs to."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import logging, sys
import structlog
from pipeline.logging import configure
from pipeline.settings import Settings
from pipeline.tracing import span

configure(Settings(), process="worker")
log = structlog.get_logger("test")
trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
with span("transcode", trace, video_id="v", event_id="e", stage="transcode"):
    log.info("started", attempt=1)
    try:
        raise ValueError("a bug")
    except ValueError as error:
        log.error("dead", exc_info=error)
log.debug("unseen")
logging.getLogger("uvicorn").warning("from %s", "elsewhere")
logging.getLogger("aio_pika").info("chatter")
"""
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def logged(**settings: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=_environment(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == ""
    return ended.stderr.splitlines()


@pytest.fixture(scope="module")
def lines() -> list[dict[str, str]]:
    """What goes to a file or a collector: nothing says how, so it is JSON."""
    return [json.loads(line) for line in logged()]


def test_a_line_is_json_with_every_id_it_belongs_to(lines: list[dict[str, str]]) -> None:
    started = lines[0]
    assert started.pop("timestamp").endswith("Z")
    assert started == {
        "event": "started",
        "level": "info",
        "logger": "test",
        "process": "worker",
        "trace_id": TRACE_ID,
        "video_id": "v",
        "event_id": "e",
        "stage": "transcode",
        "attempt": 1,
    }


def test_an_errors_stack_is_inside_its_line(lines: list[dict[str, str]]) -> None:
    assert lines[1]["exception"].endswith("ValueError: a bug")


def test_lines_of_libraries_look_like_ours_and_their_chatter_is_left_out(lines: list[dict[str, str]]) -> None:
    assert [line["event"] for line in lines] == ["started", "dead", "from elsewhere"]
    assert (lines[2]["level"], lines[2]["process"]) == ("warning", "worker")
    assert "trace_id" not in lines[2]


def test_the_level_can_be_set() -> None:
    events = [json.loads(line)["event"] for line in logged(REELMILL_LOG_LEVEL="debug")]
    assert "unseen" in events


def test_readable_lines_can_be_asked_for() -> None:
    first = logged(REELMILL_LOG_FORMAT="console")[0]
    assert not first.startswith("{")
    assert "started" in first
    assert TRACE_ID in first


def test_a_terminal_gets_readable_lines_by_itself() -> None:
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", SCRIPT], env=_environment({}), stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert not shown.startswith("{")
    assert "started" in shown


def _environment(settings: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REELMILL_")}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[3])} | settings
