"""`python -m pipeline migrate`: makes or updates the database's tables."""

import sys

from pipeline.adapters.database.migrate import migrate
from pipeline.logging import configure
from pipeline.settings import Settings


def main(arguments: list[str]) -> int:
    if arguments != ["migrate"]:
        sys.stderr.write("usage: python -m pipeline migrate\n")
        return 2
    settings = Settings()
    configure(settings, process="migrate")
    migrate(settings.database)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
