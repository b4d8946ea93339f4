"""What the database's condition means: its version, its migrations, what a crash would cost, its room."""

import re
from collections.abc import Iterator

from pipeline.checkup.findings import Finding, note, ok, wrong
from pipeline.condition import DatabaseCondition

_OLDEST_POSTGRESQL = 14
"""Debian 12 has 15; what is older than this gets no fixes any more."""
_ROOM = 0.85


def of_database(database: DatabaseCondition) -> Iterator[Finding]:
    yield _version(database)
    yield _migrations(database)
    if database.unsafe:
        said = f"A crash may lose accepted uploads: {', '.join(database.unsafe)}."
        yield wrong("database", "database_unsafe", said, "Set it back to the database's default.")
    else:
        yield ok("database", "database_safe", "What was committed survives a crash.")
    if database.connections is not None:
        yield _connections(*database.connections)


def _version(database: DatabaseCondition) -> Finding:
    said, code = f"{database.product} {database.version}", "database_version"
    major = int((re.findall(r"\d+", database.version) or ["0"])[0])
    if database.product == "PostgreSQL" and major < _OLDEST_POSTGRESQL:
        return note("database", code, f"{said} answers; it gets no fixes any more.", "Upgrade it.")
    return ok("database", code, f"{said} answers.")


def _migrations(database: DatabaseCondition) -> Finding:
    code = "migrations"
    if database.revision == database.head:
        return ok("database", code, f"Its tables are as this version wants them ({database.head}).")
    if database.revision is None:
        said = "It has no tables of Reelmill's."
    elif database.known:
        said = f"Its tables are of {database.revision}, and this version wants {database.head}."
    else:
        said = f"Its tables are newer ({database.revision}) than this program ({database.head})."
        return note("database", code, said, "Upgrade this process too; one release apart they go together.")
    step = "Run `python -m pipeline migrate`; `./reelmill up` and compose do it when they start."
    return wrong("database", code, said, step)


def _connections(used: int, most: int) -> Finding:
    said, code = f"{used} of {most} connections are in use.", "database_connections"
    if used < most * _ROOM:
        return ok("database", code, said)
    step = "Raise max_connections: each of our processes may open eight."
    return note("database", code, said, step)
