"""The words that pages use before a script runs are those that the scripts use after."""

import re
from datetime import UTC, datetime

import pytest

from cli.local.stack import ROOT
from pipeline.video import StepState, VideoStatus
from upload_api.status_page import _PURPOSES
from upload_api.wording import _STATES, clock, day, percent, size

_STATIC = ROOT / "upload_api" / "web" / "static"


def test_every_state_is_called_and_drawn_as_the_scripts_do() -> None:
    theirs = re.findall(r'^  (\w+): \["(\w+)", "([^"]+)"\]', (_STATIC / "state.js").read_text(), re.MULTILINE)
    assert _STATES.items() <= {name: (symbol, words) for name, symbol, words in theirs}.items()
    assert {*VideoStatus, *StepState} <= _STATES.keys()


def test_every_step_has_the_purpose_that_the_scripts_tell() -> None:
    theirs = (_STATIC / "steps.js").read_text().partition("PURPOSES = {")[2].partition("}")[0]
    assert dict(re.findall(r'(\w+): "([^"]+)"', theirs)) == _PURPOSES


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, ""),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (99_940, "99.9 kB"),
        (123_456_789, "123 MB"),
    ],
)
def test_sizes_are_as_exact_as_people_want_them(count: int | None, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (0.4, "0.4 s"), (4.2, "0:04"), (750, "12:30"), (3723, "1:02:03")]
)
def test_lengths_read_like_a_clock(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_days_and_shares_are_short() -> None:
    assert day(datetime(2026, 11, 3, tzinfo=UTC)) == "Nov 3, 2026"
    assert [percent(share) for share in (-1, 0.429, 2)] == ["0 %", "42 %", "100 %"]
