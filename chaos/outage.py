"""A server that is away for as long as a context is entered, and works again when it is left."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from sqlalchemy import make_url

from chaos.installation import Installation

_LOCK_SECONDS = 30


@asynccontextmanager
async def away(installation: Installation, server: str) -> AsyncIterator[None]:
    """Killed and held down. SQLite is no server: somebody else holds its lock."""
    if server not in installation.kept:
        async with _locked(installation.database_url):
            yield
        return
    kept = installation.kept[server]
    kept.hold_down()
    try:
        yield
    finally:
        kept.let_up()
    await kept.until_it_works()


@asynccontextmanager
async def _locked(url: str) -> AsyncIterator[None]:
    """Nobody can write; who only reads still can."""
    path = make_url(url).database
    assert path is not None
    connection = await asyncio.to_thread(_take, path)
    with closing(connection):
        yield


def _take(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    return connection
