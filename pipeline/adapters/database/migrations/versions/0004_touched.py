"""When a video was last changed by what no event tells of, so that whoever follows it finds out."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("video", schema=None) as batch_op:
        batch_op.add_column(sa.Column("touched_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_video_touched_at", ["touched_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("video", schema=None) as batch_op:
        batch_op.drop_index("ix_video_touched_at")
        batch_op.drop_column("touched_at")
