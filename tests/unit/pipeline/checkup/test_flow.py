"""Whether work gets on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.checkup.findings import Finding, Verdict
from pipeline.checkup.flow import of_flow, of_letters, of_stuck
from pipeline.condition import LAST_SWEPT, SWEPT, Flow, Report
from pipeline.letters import DeadLetter
from pipeline.settings import RelaySettings

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WELL = Flow(
    now=NOW,
    unpublished=0,
    oldest=None,
    longest_job=None,
    leases={"relay": NOW + SECOND},
    reports={SWEPT: Report(NOW - SECOND, {"done": {}, "postponed": {}})},
    stranded=[],
)


def found(flow: Flow) -> dict[str, Finding]:
    return {finding.code: finding for finding in of_flow(flow, RelaySettings())}


def letter(stage: str, code: str) -> DeadLetter:
    return DeadLetter(stage, "e1", "video.uploaded.v1", "v1", code, "It.", "Do.", "permanent", 1, 0, NOW)


def test_work_that_gets_on_has_nothing_to_mend() -> None:
    assert {finding.verdict for finding in of_flow(WELL, RelaySettings())} == {Verdict.OK}


@pytest.mark.parametrize(("seconds", "verdict"), [(20, Verdict.OK), (60, Verdict.WRONG)])
def test_a_message_that_is_not_published_for_long_is_wrong(seconds: int, verdict: Verdict) -> None:
    finding = found(replace(WELL, unpublished=3, oldest=NOW - seconds * SECOND))["outbox"]
    assert finding.verdict is verdict
    assert "3 messages" in finding.said


@pytest.mark.parametrize("leases", [{}, {"relay": NOW - 90 * SECOND}, {"sweep": NOW + SECOND}])
def test_that_no_relay_runs_is_wrong_and_says_how_to_start_one(leases: dict[str, datetime]) -> None:
    finding = found(replace(WELL, leases=leases))["relay"]
    assert finding.verdict is Verdict.WRONG
    assert finding.next.endswith("python -m workers relay")


def test_the_sweep_tells_when_it_ran_what_it_did_and_what_it_last_did() -> None:
    done = {"videos_purged": 3, "rows_pruned": 0}
    before = Report(NOW - timedelta(hours=3), {"done": done, "postponed": {}})
    finding = found(replace(WELL, reports=dict(WELL.reports) | {LAST_SWEPT: before}))["sweep"]
    assert finding.said == (
        "The sweep ran 1 s ago, and found nothing to do; what it last did was 3 h ago: videos_purged 3."
    )


def test_a_sweep_that_had_to_postpone_something_is_worth_knowing() -> None:
    last = Report(NOW, {"done": {}, "postponed": {"store_unavailable": 2}})
    finding = found(replace(WELL, reports={SWEPT: last}))["sweep"]
    assert finding.verdict is Verdict.NOTE
    assert "postponed store_unavailable 2" in finding.said


def test_a_sweep_that_has_not_run_for_long_is_wrong_and_one_that_never_did_worth_knowing() -> None:
    last = Report(NOW - timedelta(minutes=10), {"done": {}})
    assert found(replace(WELL, reports={SWEPT: last}))["sweep"].verdict is Verdict.WRONG
    assert found(replace(WELL, reports={}))["sweep"].verdict is Verdict.NOTE


def test_a_video_that_nothing_brings_on_is_wrong() -> None:
    finding = found(replace(WELL, stranded=["v1"]))["stranded"]
    assert finding.verdict is Verdict.WRONG
    assert "v1" in finding.said


def test_events_that_nobody_took_up_are_wrong() -> None:
    assert of_stuck({}).verdict is Verdict.OK
    finding = of_stuck({"transcode": 2})
    assert finding.verdict is Verdict.WRONG
    assert "transcode (2)" in finding.said


def test_dead_letters_are_worth_knowing_by_what_they_died_of() -> None:
    assert of_letters([]).verdict is Verdict.OK
    finding = of_letters([letter("transcode", "unplayable")] * 2 + [letter("notify", "refused")])
    assert finding.verdict is Verdict.NOTE
    assert finding.said == "Dead letters: 2 of transcode (unplayable), 1 of notify (refused)."
