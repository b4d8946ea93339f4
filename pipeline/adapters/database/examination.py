"""What the database tells of itself, and how work gets on according to its rows."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlmodel import Session, col, func, select

from pipeline.adapters.database.migrate import alembic_config
from pipeline.adapters.database.tables import EventRow, InboxRow, LeaseRow, ReportRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.adapters.database.unfinished import of_video, unfinished
from pipeline.condition import DatabaseCondition, Flow, Report
from pipeline.settings import DatabaseSettings
from pipeline.stage import Stage
from pipeline.video import Video, VideoStatus

_UNSAFE = {
    "fsync": ("off",),
    "full_page_writes": ("off",),
    "synchronous_commit": ("off",),
    "journal_mode": ("delete", "truncate", "persist", "memory", "off"),
    "synchronous": ("0", "1"),
}
"""Settings of either database and the values with which they are unsafe, or make readers wait for writers."""
_LOOKED_AT = 20
"""Videos that are looked into for whether they are stranded."""


class ExaminedRows:
    _transactions: Transactions
    _stages: tuple[Stage, ...]
    _database: DatabaseSettings

    async def condition(self) -> DatabaseCondition:
        head, known = _revisions(self._database)

        def work(session: Session, now: datetime) -> DatabaseCondition:
            connection = session.connection()
            revision = head if self._transactions.in_memory else _revision(connection)
            sqlite = connection.dialect.name == "sqlite"
            return DatabaseCondition(
                product="SQLite" if sqlite else "PostgreSQL",
                version=".".join(map(str, connection.dialect.server_version_info or ())),
                now=now,
                revision=revision,
                head=head,
                known=revision in known,
                unsafe=tuple(_unsafe(connection, in_memory=self._transactions.in_memory)),
                connections=None if sqlite else _connections(connection),
                file=connection.engine.url.database if sqlite else None,
            )

        return await self._transactions.read(work)

    async def flow(self, silence: timedelta) -> Flow:
        def work(session: Session, now: datetime) -> Flow:
            waiting = select(func.count(), func.min(EventRow.created_at)).where(
                col(EventRow.published_at).is_(None)
            )
            count, oldest = session.exec(waiting).one()
            leases = session.exec(select(LeaseRow)).all()
            reports = session.exec(select(ReportRow)).all()
            return Flow(
                now=now,
                unpublished=count,
                oldest=oldest,
                longest_job=_longest_job(session),
                leases={lease.name: lease.until for lease in leases},
                reports={report.name: Report(report.at, report.told) for report in reports},
                stranded=_stranded(session, self._stages, now - silence),
            )

        return await self._transactions.read(work)

    async def report(self, name: str, told: Mapping[str, object]) -> None:
        def work(session: Session, now: datetime) -> None:
            row = session.get(ReportRow, name) or ReportRow(name=name, at=now)
            row.at, row.told = now, dict(told)
            session.add(row)

        await self._transactions.write(work)


def _revisions(settings: DatabaseSettings) -> tuple[str, frozenset[str]]:
    scripts = ScriptDirectory.from_config(alembic_config(settings))
    return scripts.get_current_head() or "", frozenset(one.revision for one in scripts.walk_revisions())


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _unsafe(connection: Connection, *, in_memory: bool) -> list[str]:
    if in_memory:  # it is a twin for tests
        return []
    if connection.dialect.name == "sqlite":
        asked = {name: f"PRAGMA {name}" for name in ("journal_mode", "synchronous")}
    else:
        asked = {name: f"SHOW {name}" for name in ("fsync", "full_page_writes", "synchronous_commit")}
    told = {name: str(connection.execute(text(question)).scalar()) for name, question in asked.items()}
    return [f"{name} is {value}" for name, value in told.items() if value in _UNSAFE[name]]


def _connections(connection: Connection) -> tuple[int, int]:
    used = connection.execute(
        text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    ).scalar_one()
    return int(used), int(str(connection.execute(text("SHOW max_connections")).scalar_one()))


def _longest_job(session: Session) -> timedelta | None:
    """Between moments, which databases subtract each in their own way."""
    done = (col(InboxRow.state) == "done", col(InboxRow.claimed_at).is_not(None))
    moments = (col(InboxRow.claimed_at), col(InboxRow.finished_at))
    if session.connection().dialect.name == "sqlite":
        took = func.julianday(moments[1]) - func.julianday(moments[0])
    else:
        took = moments[1] - moments[0]
    longest = session.execute(sqlalchemy.select(*moments).where(*done).order_by(took.desc()).limit(1)).first()
    return None if longest is None or longest[1] is None else longest[1] - longest[0]


def _stranded(session: Session, stages: tuple[Stage, ...], before: datetime) -> list[str]:
    """Processing, silent since `before`, with no message to leave, no job held or waiting, and no event that
    a stage it needs has not ended with."""
    row, message = col(InboxRow.video_id) == Video.id, col(EventRow.video_id) == Video.id
    at_work = select(InboxRow.event_id).where(row, col(InboxRow.state).in_(("running", "waiting"))).exists()
    told = select(EventRow.id).where(message, col(EventRow.created_at) >= before).exists()
    leaving = select(EventRow.id).where(message, col(EventRow.published_at).is_(None)).exists()
    silent = select(Video).where(
        Video.status == VideoStatus.PROCESSING, col(Video.deleted_at).is_(None), ~at_work, ~told, ~leaving
    )
    needed = [stage for stage in stages if stage.required]
    videos = session.exec(silent.order_by(col(Video.created_at)).limit(_LOOKED_AT)).all()
    return [
        video.id
        for video in videos
        if not any(True for stage in needed for _ in unfinished(session, stage, of_video(video)))
    ]
