"""What a database's condition means."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.checkup.database import of_database
from pipeline.checkup.findings import Finding, Verdict
from pipeline.condition import DatabaseCondition

WELL = DatabaseCondition("PostgreSQL", "17.2", datetime.now(UTC), "0008", "0008", connections=(9, 100))


def found(database: DatabaseCondition) -> dict[str, Finding]:
    return {finding.code: finding for finding in of_database(database)}


def test_a_database_that_is_well_has_nothing_to_mend() -> None:
    assert {finding.verdict for finding in of_database(WELL)} == {Verdict.OK}


@pytest.mark.parametrize("revision", [None, "0007"])
def test_a_migration_that_is_missing_is_wrong_and_says_how_to_run_it(revision: str | None) -> None:
    finding = found(replace(WELL, revision=revision))["migrations"]
    assert finding.verdict is Verdict.WRONG
    assert "python -m pipeline migrate" in finding.next


def test_tables_that_are_newer_than_the_program_are_worth_knowing() -> None:
    finding = found(replace(WELL, revision="0099", known=False))["migrations"]
    assert finding.verdict is Verdict.NOTE


def test_a_setting_with_which_a_crash_loses_what_was_accepted_is_wrong() -> None:
    finding = found(replace(WELL, unsafe=("fsync is off",)))["database_unsafe"]
    assert finding.verdict is Verdict.WRONG
    assert "fsync is off" in finding.said


def test_a_version_without_fixes_is_worth_knowing() -> None:
    assert found(replace(WELL, version="12.9"))["database_version"].verdict is Verdict.NOTE


@pytest.mark.parametrize(("used", "verdict"), [(84, Verdict.OK), (90, Verdict.NOTE)])
def test_connections_that_run_out_are_worth_knowing(used: int, verdict: Verdict) -> None:
    assert found(replace(WELL, connections=(used, 100)))["database_connections"].verdict is verdict


def test_of_sqlite_no_connections_are_counted() -> None:
    assert "database_connections" not in found(replace(WELL, product="SQLite", connections=None))
