"""The short form of each scenario: a few uploads, a few faults, and nothing found."""

import pytest

from chaos.installation import DATABASES, Asked
from chaos.report import Outcome, shown
from chaos.run import Options
from chaos.scenarios.kills import kills
from chaos.scenarios.outages import outages
from chaos.scenarios.repeats import repeats
from chaos.scenarios.rolling import rolling

_QUIET = 1.0
_PATIENCE = 90.0


def short(database: str, uploads: int, seconds: float) -> Options:
    asked = Asked(database=database, narrow=True)
    return Options(7, asked, uploads, seconds, _PATIENCE, _QUIET)


def is_good(outcome: Outcome) -> None:
    assert outcome.is_good, shown(outcome)


@pytest.mark.parametrize("database", DATABASES)
async def test_processes_and_servers_that_are_killed_cost_no_upload(database: str) -> None:
    is_good(await kills(short(database, uploads=10, seconds=8), every=2, each=3))


async def test_events_that_come_three_times_and_shuffled_do_their_work_once() -> None:
    is_good(await repeats(short("sqlite", uploads=6, seconds=1)))


@pytest.mark.parametrize("database", DATABASES)
async def test_outages_cost_no_upload_and_no_attempt(database: str) -> None:
    is_good(await outages(short(database, uploads=8, seconds=6), drained_within=_PATIENCE))


async def test_a_restart_of_every_process_costs_no_job_more_than_an_attempt() -> None:
    is_good(await rolling(short("sqlite", uploads=4, seconds=0.3), pause=0.2))
