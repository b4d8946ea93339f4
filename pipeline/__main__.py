"""`python -m pipeline migrate`: makes or updates the database's tables."""

import sys

from pipeline.adapters.database.migrate import migrate
from pipeline.logging import configure
from pipeline.settings import SettingsInvalid, from_environment


def main(arguments: list[str]) -> int:
    if arguments != ["migrate"]:
        sys.stderr.write("usage: python -m pipeline migrate\n")
        return 2
    try:
        settings = from_environment()
    except SettingsInvalid as problem:
        sys.stderr.write(f"{problem.plain}\n{problem.hint}\n")
        return 1
    configure(settings, process="migrate")
    migrate(settings.database)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
