"""Links with which a browser begins one upload."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload_link",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("video_id", sa.String(), nullable=False),
        sa.Column("upload_id", sa.String(), nullable=True),
        sa.Column("max_bytes", sa.BigInteger(), nullable=True),
        sa.Column("filename", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("notify_url", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("secret_hash"),
    )
    with op.batch_alter_table("upload_link", schema=None) as batch_op:
        batch_op.create_index("ix_upload_link_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("ix_upload_link_origin", ["origin"], unique=False)


def downgrade() -> None:
    op.drop_table("upload_link")
