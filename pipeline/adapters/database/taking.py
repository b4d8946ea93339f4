"""Taking a job, and keeping it: its fence, its inbox row and its lease in a statement each, without the
mapper, as every job does it."""

from datetime import datetime, timedelta

from sqlalchemy import Executable, and_, bindparam, case, not_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, update

from pipeline.adapters.database import tables
from pipeline.claims import Claim, Pulse
from pipeline.events import Envelope
from pipeline.job import VideoSnapshot
from pipeline.video import VideoStatus

_INBOX = SQLModel.metadata.tables[str(tables.InboxRow.__tablename__)]
_VIDEO = SQLModel.metadata.tables["video"]
_EARLY = timedelta(milliseconds=250)
"""The broker's clock and the database's may differ by this much before a rung counts as too short."""

_IS_WANTED = and_(
    _VIDEO.c.id == bindparam("video"),
    _VIDEO.c.run == bindparam("of_run"),
    _VIDEO.c.deleted_at.is_(None),
    _VIDEO.c.status != VideoStatus.CANCELLED.value,
)
_NEXT_FENCE = (
    update(_VIDEO)
    .where(_IS_WANTED)
    .values(fences=_VIDEO.c.fences + 1)
    .returning(_VIDEO.c.fences, *(_VIDEO.c[name] for name in VideoSnapshot.__dataclass_fields__))
)
"""Locks the video's row, as whoever writes about a video does first."""
_FENCE_BACK = update(_VIDEO).where(_VIDEO.c.id == bindparam("video")).values(fences=_VIDEO.c.fences - 1)
_IS_RUNNING, _IS_OURS = _INBOX.c.state == "running", _INBOX.c.host == bindparam("taker")
"""Ours: we took it, and the answer got lost with the connection. It is given again, under a new fence."""
_IS_FREE = or_(
    and_(
        _IS_RUNNING,
        or_(_IS_OURS, _INBOX.c.lease_until.is_(None), _INBOX.c.lease_until <= bindparam("over")),
    ),
    and_(
        _INBOX.c.state == "waiting",
        or_(_INBOX.c.next_attempt_at.is_(None), _INBOX.c.next_attempt_at <= bindparam("soon")),
    ),
)
_CRASHED = case((and_(_IS_RUNNING, not_(_IS_OURS)), 1), else_=0)
"""Its lease ran out and no outcome was told."""


def _take(sql: type[postgresql.Insert] | type[sqlite.Insert]) -> Executable:
    fresh = sql(_INBOX)
    given = {name: fresh.excluded[name] for name in ("state", "fence", "host", "claimed_at", "lease_until")}
    changed = given | {"next_attempt_at": None, "crashes": _INBOX.c.crashes + _CRASHED}
    keys = ["stage", "event_id"]
    return fresh.on_conflict_do_update(index_elements=keys, set_=changed, where=_IS_FREE).returning(
        _INBOX.c.failures, _INBOX.c.crashes
    )


_STILL_WANTED, _LEASE = select(_VIDEO.c.id).where(_IS_WANTED).exists(), _INBOX.c.lease_until
_RENEW = (
    update(_INBOX)
    .where(_INBOX.c.stage == bindparam("of_stage"), _INBOX.c.event_id == bindparam("event"))
    .where(_INBOX.c.fence == bindparam("held"), _INBOX.c.state == "running")
    .values(lease_until=case((_STILL_WANTED, bindparam("until", type_=_LEASE.type)), else_=_LEASE))
    .returning(_STILL_WANTED)
)
_TAKE = {"postgresql": _take(postgresql.Insert), "sqlite": _take(sqlite.Insert)}


def wanted(session: Session, envelope: Envelope) -> tuple[int, VideoSnapshot] | None:
    """A new fence token and the video; None where nobody wants work on it."""
    asked = {"video": envelope.subject, "of_run": envelope.run}
    found = session.connection().execute(_NEXT_FENCE, asked).first()
    return None if found is None else (found[0], VideoSnapshot(*found[1:]))


def take(
    session: Session,
    stage: str,
    envelope: Envelope,
    fence: int,
    taker: str,
    now: datetime,
    lease: timedelta,
    over: datetime,
) -> tuple[int, int] | None:
    """Failures and crashes before; None, and the fence is given back, where the job is held or over. A lease
    that ran out by `over` is none any more."""
    connection = session.connection()
    row = {
        "stage": stage,
        "event_id": envelope.id,
        "video_id": envelope.subject,
        "run": envelope.run,
        "type": envelope.type,
        "state": "running",
        "fence": fence,
        "host": taker,
        "claimed_at": now,
        "lease_until": now + lease,
        "failures": 0,
        "crashes": 0,
    }
    taken = connection.execute(
        _TAKE[connection.dialect.name], row | {"taker": taker, "over": over, "soon": now + _EARLY}
    ).first()
    if taken is None:
        connection.execute(_FENCE_BACK, {"video": envelope.subject})
        return None
    return taken[0], taken[1]


def renew(session: Session, claim: Claim, until: datetime) -> Pulse:
    """Gives the job its lease again, if it still has the job, and tells whether that is still wanted."""
    asked = {
        "of_stage": claim.stage,
        "event": claim.envelope.id,
        "held": claim.fence,
        "until": until,
        "video": claim.video.id,
        "of_run": claim.video.run,
    }
    wanted = session.connection().execute(_RENEW, asked).scalar()
    if wanted is None:
        return Pulse.LOST
    return Pulse.ALIVE if wanted else Pulse.CANCELLED
