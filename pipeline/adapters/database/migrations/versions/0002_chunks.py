"""Videos transcoded in chunks: their plans and chunks, and since when a video can be watched."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan",
        sa.Column("video_id", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("planned", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("video_id", "run"),
    )
    op.create_table(
        "chunk",
        sa.Column("video_id", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("renditions", sa.JSON(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=True),
        sa.Column("prefix", sa.String(), nullable=True),
        sa.Column("made", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("took", sa.Float(), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("video_id", "run", "number"),
    )
    with op.batch_alter_table("chunk", schema=None) as batch_op:
        batch_op.create_index("ix_chunk_state", ["video_id", "run", "state", "queue", "number"], unique=False)
    with op.batch_alter_table("video", schema=None) as batch_op:
        batch_op.add_column(sa.Column("playable_at", sa.DateTime(timezone=True), nullable=True))
    # What is ready could be watched by then at the latest.
    op.execute("UPDATE video SET playable_at = ready_at WHERE ready_at IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("video", schema=None) as batch_op:
        batch_op.drop_column("playable_at")
    op.drop_table("chunk")
    op.drop_table("plan")
