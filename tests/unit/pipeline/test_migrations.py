"""The migrations make exactly the tables that the models describe, on both databases, and can undo it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text
from sqlmodel import SQLModel

import pipeline.adapters.database.tables
import pipeline.video  # noqa: F401  both fill the metadata
from pipeline.adapters.database.migrate import alembic_config, migrate
from pipeline.settings import DatabaseSettings


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseSettings:
    if request.param == "sqlite":
        folder = tmp_path / "100% mine"
        folder.mkdir()
        return DatabaseSettings(url=f"sqlite:///{folder}/ledger.db")
    return DatabaseSettings(url=request.getfixturevalue("postgres").new_database())


@pytest.fixture
def engine(settings: DatabaseSettings) -> Iterator[Engine]:
    engine = create_engine(settings.url)
    yield engine
    engine.dispose()


def test_a_migrated_database_is_what_the_models_say(settings: DatabaseSettings, engine: Engine) -> None:
    migrate(settings)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_twice_is_harmless(settings: DatabaseSettings, engine: Engine) -> None:
    migrate(settings)
    tables = set(inspect(engine).get_table_names())
    migrate(settings)
    assert set(inspect(engine).get_table_names()) == tables
    work = {"video", "step", "event", "inbox", "lease", "plan", "chunk", "report"}
    uploads = {"upload", "upload_part", "upload_link", "direct_upload"}
    assert tables == work | uploads | {"alembic_version"}


def test_a_downgrade_to_the_beginning_leaves_no_table_and_can_be_undone(
    settings: DatabaseSettings, engine: Engine
) -> None:
    migrate(settings)
    command.downgrade(alembic_config(settings), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(settings)
    assert "video" in inspect(engine).get_table_names()


def test_videos_of_before_there_were_chunks_are_kept_and_those_ready_are_playable(
    settings: DatabaseSettings, engine: Engine
) -> None:
    command.upgrade(alembic_config(settings), "0001")
    columns = "id, status, ready_at, run, fences, filename, source, playback, details, created_at, updated_at"
    same = "1, 0, 'a.mp4', 's', '{}', '{}', '2026-01-01 00:00:00', '2026-01-01 00:00:00'"
    with engine.begin() as connection:
        for status, ready_at in (("ready", "'2026-01-02 00:00:00'"), ("failed", "NULL")):
            values = f"'{status}', '{status}', {ready_at}, {same}"
            connection.execute(text(f"INSERT INTO video ({columns}) VALUES ({values})"))
    migrate(settings)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, playable_at = ready_at FROM video ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("failed", None), ("ready", True)]


def test_videos_of_before_there_was_a_search_are_found_by_it(
    settings: DatabaseSettings, engine: Engine
) -> None:
    command.upgrade(alembic_config(settings), "0002")
    columns = "id, status, title, filename, run, fences, source, playback, details, created_at, updated_at"
    same = "1, 0, 's', '{}', '{}', '2026-01-01 00:00:00', '2026-01-01 00:00:00'"
    with engine.begin() as connection:
        for name, title in (("a", "'STRASSE im Mai'"), ("b", "NULL")):
            values = f"'{name}', 'ready', {title}, 'A\N{COMBINING DIAERESIS}.MP4', {same}"
            connection.execute(text(f"INSERT INTO video ({columns}) VALUES ({values})"))
    migrate(settings)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT words FROM video ORDER BY id")).scalars().all()
    assert rows == [
        "strasse im mai\n\N{LATIN SMALL LETTER A WITH DIAERESIS}.mp4",
        "\n\N{LATIN SMALL LETTER A WITH DIAERESIS}.mp4",
    ]
