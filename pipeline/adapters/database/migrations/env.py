"""Alembic's entry: runs migrations on the database that `migrate()` names."""

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import pipeline.adapters.database.tables
import pipeline.video  # noqa: F401  both fill the metadata

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
