"""What follows from a failure, as one table, and which rung covers a wait."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pipeline.errors import (
    BrokerAway,
    Cancelled,
    DatabaseAway,
    MalformedEvent,
    ObjectMissing,
    Permanent,
    StoreAway,
    Transient,
    UnsupportedEvent,
    WorkerCrashed,
)
from pipeline.events import Envelope, VideoUploaded, first_envelope
from pipeline.settings import WorkSettings
from pipeline.stage import Dead, Retry, Stage, decide, rung_for, step_of, steps
from tests.chain import chunked_stages, stages, transcoded

RUNGS = WorkSettings().rungs
TEN_SECONDS, MINUTE, TEN_MINUTES, HOUR = RUNGS


@pytest.mark.parametrize(
    ("error", "failures", "attempts", "decision"),
    [
        (Permanent(), 0, 5, Dead("permanent")),
        (ObjectMissing(), 3, 5, Dead("permanent")),
        (MalformedEvent(), 0, 5, Dead("permanent")),
        (UnsupportedEvent(), 0, 5, Dead("permanent")),
        (WorkerCrashed(), 0, 5, Dead("worker crashed")),
        (Transient(), 0, 5, Retry(TEN_SECONDS)),
        (Transient(), 1, 5, Retry(MINUTE)),
        (Transient(), 2, 5, Retry(TEN_MINUTES)),
        (Transient(), 3, 5, Retry(HOUR)),
        (Transient(), 4, 5, Dead("out of attempts")),
        (Transient(), 0, 1, Dead("out of attempts")),
        (Transient(), 7, 9, Retry(HOUR)),
        (ValueError("a bug"), 0, 5, Retry(TEN_SECONDS)),
        (OSError("disk full"), 4, 5, Dead("out of attempts")),
        (Cancelled(), 0, 5, Retry(TEN_SECONDS)),
        (StoreAway(), 0, 5, Retry(TEN_SECONDS, counts=False)),
        (DatabaseAway(), 4, 5, Retry(TEN_SECONDS, counts=False)),
        (BrokerAway(), 400, 5, Retry(TEN_SECONDS, counts=False)),
    ],
)
def test_what_an_error_means(
    error: BaseException, failures: int, attempts: int, decision: Retry | Dead
) -> None:
    assert decide(error, failures=failures, attempts=attempts, rungs=RUNGS) == decision


@settings(deadline=None)
@given(attempts=some.integers(1, 50), rungs=some.lists(some.timedeltas(), min_size=1, max_size=6))
def test_an_error_that_lasts_ends_after_exactly_the_attempts_allowed(
    attempts: int, rungs: list[timedelta]
) -> None:
    decisions = [decide(Transient(), failures=n, attempts=attempts, rungs=rungs) for n in range(attempts)]
    assert all(isinstance(decision, Retry) and decision.counts for decision in decisions[:-1])
    assert decisions[-1] == Dead("out of attempts")


@pytest.mark.parametrize(
    ("wait", "rung"),
    [
        (timedelta(seconds=-1), TEN_SECONDS),
        (timedelta(0), TEN_SECONDS),
        (timedelta(seconds=10), TEN_SECONDS),
        (timedelta(seconds=10.1), MINUTE),
        (timedelta(minutes=59), HOUR),
        (timedelta(days=3), HOUR),
    ],
)
def test_a_wait_gets_the_shortest_rung_that_covers_it(wait: timedelta, rung: timedelta) -> None:
    assert rung_for(wait, RUNGS) == rung


def test_a_stage_passes_over_what_it_does_not_want() -> None:
    large_only = Stage("large", (VideoUploaded,), (), transcoded, wants=lambda event: event.size > 10)
    assert large_only.passes_over(_uploaded(5))
    assert not large_only.passes_over(_uploaded(50))


def test_an_event_that_cannot_be_read_is_not_passed_over_but_left_to_fail() -> None:
    nothing = Stage("nothing", (VideoUploaded,), (), transcoded, wants=lambda _event: False)
    unreadable = _uploaded(5).model_copy(update={"data": {}})
    too_new = _uploaded(5).model_copy(update={"type": "video.uploaded.v99"})
    assert not nothing.passes_over(unreadable)
    assert not nothing.passes_over(too_new)


def _uploaded(size: int) -> Envelope:
    event = VideoUploaded(source="s", filename="f", size=size)
    return first_envelope(event, source="/test", video_id="v", run=1, traceparent="t")


def test_a_stage_is_a_step_of_its_own_unless_told_otherwise() -> None:
    alone = Stage("captions", (VideoUploaded,), (), transcoded)
    part = Stage("tail", (VideoUploaded,), (), transcoded, step="transcode", completes=False)
    last = Stage("join", (VideoUploaded,), (), transcoded, step="transcode")
    assert (alone.step, alone.shares_step) == ("captions", False)
    assert (part.step, part.shares_step, last.shares_step) == ("transcode", True, True)


def test_stages_are_grouped_by_their_step_in_order() -> None:
    grouped = {step: [stage.name for stage in group] for step, group in steps(chunked_stages()).items()}
    assert list(grouped) == ["transcode", "thumbnail", "metadata", "notify"]
    assert grouped["transcode"] == ["transcode", "head", "sound", "tail", "join"]
    assert all(names == [step] for step, names in grouped.items() if step != "transcode")


def test_the_step_of_a_stage_that_is_not_in_the_table_has_its_name() -> None:
    assert step_of(chunked_stages(), "tail") == "transcode"
    assert step_of(stages(), "tail") == "tail"
