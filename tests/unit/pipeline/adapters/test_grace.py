"""The time of grace after the database was away."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.adapters.database.grace import Grace

NOW = datetime(2026, 11, 27, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def grace(clock: Clock) -> Grace:
    return Grace(timedelta(seconds=5), clock)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_without_an_outage_a_lease_is_over_when_it_ran_out(grace: Grace) -> None:
    grace.succeeded()
    assert (grace.since(NOW), grace.until(NOW)) == (NOW, NOW)


def test_after_one_only_leases_count_that_had_run_out_before(grace: Grace, clock: Clock) -> None:
    grace.failed(since=clock.time - 5)
    clock.time += 120
    grace.succeeded()
    clock.time += 2
    assert grace.since(NOW) == ago(127)
    assert grace.until(NOW) == NOW + timedelta(seconds=3)


def test_the_grace_ends(grace: Grace, clock: Clock) -> None:
    grace.failed(since=clock.time)
    grace.succeeded()
    clock.time += 5.1
    assert (grace.since(NOW), grace.until(NOW)) == (NOW, NOW)


def test_an_outage_that_is_back_before_anybody_could_renew_is_the_same_one(
    grace: Grace, clock: Clock
) -> None:
    grace.failed(since=clock.time)
    grace.succeeded()
    clock.time += 1
    grace.failed(since=clock.time)
    clock.time += 60
    grace.succeeded()
    assert grace.since(NOW) == ago(61)
    assert grace.until(NOW) == NOW + timedelta(seconds=5)


def test_one_that_comes_later_is_another(grace: Grace, clock: Clock) -> None:
    grace.failed(since=clock.time)
    grace.succeeded()
    clock.time += 30
    grace.failed(since=clock.time)
    grace.succeeded()
    clock.time += 1
    assert grace.since(NOW) == ago(1)


def test_of_several_writes_that_failed_the_earliest_tells_when_it_began(grace: Grace, clock: Clock) -> None:
    grace.failed(since=clock.time - 1)
    grace.failed(since=clock.time - 5)
    grace.succeeded()
    assert grace.since(NOW) == ago(5)


def test_one_that_comes_back_after_there_was_time_to_renew_begins_anew(grace: Grace, clock: Clock) -> None:
    grace.failed(since=clock.time)
    grace.succeeded()
    clock.time += 2
    grace.failed(since=clock.time)
    grace.succeeded()
    clock.time += 1
    assert grace.since(NOW) == ago(1), "however often it comes back, who died before is taken over"


def test_a_write_that_waited_in_vain_while_others_were_made_is_no_outage(grace: Grace, clock: Clock) -> None:
    clock.time += 5
    grace.succeeded()
    grace.failed(since=clock.time - 5)
    assert grace.since(NOW) == NOW
