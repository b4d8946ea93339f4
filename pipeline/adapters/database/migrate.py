"""Brings a database to the newest schema, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from pipeline.settings import DatabaseSettings

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(settings: DatabaseSettings) -> None:
    """Raises SQLAlchemy's errors: whoever starts the installation shows them."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = settings.url
    command.upgrade(config, "head")
