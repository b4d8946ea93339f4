"""Whether clocks agree."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.checkup.clocks import of_clock
from pipeline.checkup.findings import Verdict

ASKED = datetime(2026, 11, 27, 12, tzinfo=UTC)
ANSWERED = ASKED + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("seconds", "verdict", "said"),
    [
        (0, Verdict.OK, "agrees"),
        (30, Verdict.OK, "agrees"),
        (-5, Verdict.OK, "agrees"),
        (-6, Verdict.NOTE, "6 s behind"),
        (90, Verdict.NOTE, "60 s ahead of"),
        (30 + 600, Verdict.WRONG, "10 min ahead of"),
        (-600, Verdict.WRONG, "10 min behind"),
    ],
)
def test_a_clock_is_off_by_as_much_as_cannot_be_the_time_that_the_answer_took(
    seconds: int, verdict: Verdict, said: str
) -> None:
    finding = of_clock("store", ASKED + timedelta(seconds=seconds), ASKED, ANSWERED)
    assert finding.verdict is verdict
    assert said in finding.said
    assert bool(finding.next) == (verdict is not Verdict.OK)
