"""The ledger on SQLite or PostgreSQL. `sqlite://`, in memory, is its twin for tests and stage writers."""

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from pipeline.adapters.database.changes import ChangeRows
from pipeline.adapters.database.chunks import ChunkRows
from pipeline.adapters.database.dead import DeadRows
from pipeline.adapters.database.deleting import DeletingRows
from pipeline.adapters.database.direct import DirectRows
from pipeline.adapters.database.examination import ExaminedRows
from pipeline.adapters.database.grace import Grace
from pipeline.adapters.database.inbox import InboxRows
from pipeline.adapters.database.library import LibraryRows
from pipeline.adapters.database.links import LinkRows
from pipeline.adapters.database.outbox import LeaseRows, OutboxRows
from pipeline.adapters.database.resumable import ResumableRows
from pipeline.adapters.database.sweeping import SweepingRows
from pipeline.adapters.database.transactions import Transactions
from pipeline.adapters.database.uploads import UploadRows
from pipeline.errors import DatabaseAway
from pipeline.settings import Settings
from pipeline.stage import Stage

_IS_MIGRATED = text("SELECT 1 FROM video WHERE 1 = 0")


class Database(
    UploadRows,
    ResumableRows,
    DirectRows,
    LinkRows,
    LibraryRows,
    ChangeRows,
    DeletingRows,
    DeadRows,
    InboxRows,
    ChunkRows,
    OutboxRows,
    LeaseRows,
    SweepingRows,
    ExaminedRows,
):
    """Implements pipeline.ledger.Ledger on tables that `python -m pipeline migrate` made."""

    def __init__(self, settings: Settings, stages: tuple[Stage, ...]) -> None:
        self._grace = Grace(settings.work.lease)
        self._transactions = Transactions(settings.database.url, self._grace)
        self._stages = stages
        self._database = settings.database
        self._lease = settings.work.lease
        self._abandoned_after = settings.upload.abandoned_after
        self._undo = settings.api.undo

    async def ready(self) -> bool:
        try:
            await self._transactions.read(lambda session, _now: session.connection().execute(_IS_MIGRATED))
        except (DatabaseAway, ProgrammingError):  # the latter: PostgreSQL without our tables
            return False
        return True

    async def close(self) -> None:
        await self._transactions.close()
