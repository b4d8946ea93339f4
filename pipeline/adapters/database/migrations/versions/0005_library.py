"""What the library asks of a video: the words it is found by, and the trace of its upload."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

_VIDEO = sa.table("video", sa.column("id"), sa.column("title"), sa.column("filename"), sa.column("words"))
_BATCH = 1000


def upgrade() -> None:
    op.add_column("video", sa.Column("words", sa.String(), nullable=True))
    op.add_column("video", sa.Column("trace_id", sa.String(), nullable=True))
    connection = op.get_bind()
    titles = connection.execute(sa.select(_VIDEO.c.id, _VIDEO.c.title, _VIDEO.c.filename)).all()
    change = sa.update(_VIDEO).where(_VIDEO.c.id == sa.bindparam("of")).values(words=sa.bindparam("folded"))
    folded = [{"of": row.id, "folded": _fold(row.title, row.filename)} for row in titles]
    for start in range(0, len(folded), _BATCH):
        connection.execute(change, folded[start : start + _BATCH])


def downgrade() -> None:
    op.drop_column("video", "trace_id")
    op.drop_column("video", "words")


def _fold(title: str | None, filename: str) -> str:
    """As pipeline/adapters/database/search.py did it at this version."""
    composed = unicodedata.normalize("NFKC", f"{title or ''}\n{filename}")
    return unicodedata.normalize("NFKC", composed.casefold())
