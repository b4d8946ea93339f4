"""TLS to store and database: spoken with whoever our authority vouches for, and with nobody else."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.local.ports import pick_free
from cli.local.store import LocalStore
from pipeline.adapters.database import Database
from pipeline.adapters.database.migrate import migrate
from pipeline.adapters.store import S3Store
from pipeline.errors import DatabaseAway, Permanent, StoreAway, Transient
from pipeline.settings import DatabaseSettings, StoreSettings
from tests.certificates import Certificates, certificates
from tests.chain import settings_for
from tests.contract.ledgers import TABLE, accepted
from tests.media import make_clip
from tests.servers import PostgresServer, Server, _server_folder
from workers.media.probe import look


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("others"), name="others")


@pytest.fixture(scope="module")
def endpoint(ours: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded store, with a certificate of ours."""
    folder = tmp_path_factory.mktemp("store")
    local = LocalStore(folder / "store", "test-key", "test-secret", pick_free(["store"])["store"])
    program = local.program()
    with_tls = (*program.command, "--cert", str(ours.certificate), "--key", str(ours.key))
    server = Server(replace(program, command=with_tls), folder)
    server.start()
    try:
        yield f"https://localhost:{local.port}"
    finally:
        server.kill()


@pytest.fixture
async def store(endpoint: str) -> AsyncIterator[S3Store]:
    settings = StoreSettings(
        endpoint=endpoint, access_key="test-key", secret_key=SecretStr("test-secret"), bucket="tls"
    )
    with closing(S3Store(settings)) as opened:
        yield opened


async def test_the_store_is_reached_over_tls(
    store: S3Store, ours: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.authority))
    await store.prepare()
    await store.put("v1/a.mp4", b"hello", "video/mp4")
    assert b"".join([block async for block in store.read("v1/a.mp4")]) == b"hello"


async def test_a_store_that_nobody_vouches_for_is_not_spoken_to(
    store: S3Store, others: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(others.authority))
    with pytest.raises(StoreAway, match="certificate verify failed"):
        await store.put("v1/a.mp4", b"hello", "video/mp4")


async def test_ffmpeg_reads_from_it_and_from_nobody_else(
    store: S3Store, ours: Certificates, others: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.authority))
    await store.prepare()
    await store.put("v1/clip.mp4", make_clip(tmp_path / "clip.mp4"), "video/mp4")
    assert (await look(store.locate("v1/clip.mp4"))).video is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(others.authority))
    with pytest.raises((Permanent, Transient)):
        await look(store.locate("v1/clip.mp4"))


@pytest.fixture(scope="module")
def postgres_url(ours: Certificates) -> Iterator[str]:
    """A database on a server that takes TLS alone."""
    with _server_folder("postgres-tls") as folder:
        server = PostgresServer(folder)
        server.start()
        url = server.new_database()
        server.stop()
        _serve_tls_alone(folder / "cluster", ours)
        server.start()
        try:
            yield url.replace("127.0.0.1", "localhost")
        finally:
            server.stop()


def _serve_tls_alone(cluster: Path, ours: Certificates) -> None:
    owner = cluster.stat()
    for name, file in {"server.crt": ours.certificate, "server.key": ours.key}.items():
        (cluster / name).write_bytes(file.read_bytes())
        (cluster / name).chmod(0o600)
        os.chown(cluster / name, owner.st_uid, owner.st_gid)
    with (cluster / "postgresql.conf").open("a") as settings:
        settings.write("ssl = on\n")
    # The test's own look whether it answers is let in without.
    (cluster / "pg_hba.conf").write_text(
        "host postgres all 127.0.0.1/32 trust\n"
        "hostssl all all 127.0.0.1/32 trust\n"
        "hostssl all all ::1/128 trust\n"
    )


async def test_the_database_is_reached_over_tls_by_its_url(postgres_url: str, ours: Certificates) -> None:
    url = f"{postgres_url}?sslmode=verify-full&sslrootcert={ours.authority}"
    migrate(DatabaseSettings(url=url))
    database = Database(settings_for(url), TABLE)
    try:
        assert (await accepted(database)).type
    finally:
        await database.close()


@pytest.mark.parametrize("how", ["others", "plain"])
async def test_a_database_that_nobody_vouches_for_is_not_spoken_to(
    how: str, postgres_url: str, others: Certificates
) -> None:
    asked = f"sslmode=verify-full&sslrootcert={others.authority}" if how == "others" else "sslmode=disable"
    database = Database(settings_for(f"{postgres_url}?{asked}"), TABLE)
    try:
        with pytest.raises(DatabaseAway, match="certificate verify failed" if how == "others" else "pg_hba"):
            await accepted(database)
    finally:
        await database.close()
