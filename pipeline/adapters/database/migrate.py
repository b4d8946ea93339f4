"""Brings a database to the newest schema, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from pipeline.settings import DatabaseSettings

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(settings: DatabaseSettings) -> None:
    """Raises SQLAlchemy's errors: whoever starts the installation shows them."""
    command.upgrade(alembic_config(settings), "head")


def alembic_config(settings: DatabaseSettings) -> Config:
    """What Alembic's own commands need to work on that database."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = settings.url
    return config
