"""Real tus clients over a line that breaks, to two API processes in turn: the short form of
`bench.cut_uploads`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api_processes import in_bucket, running
from tests.servers import S3Server
from tests.tus_clients.cut import CLIENTS, random_file, upload

MIB = 1024**2
SIZE = 40 * MIB + 12_345
CHUNK = 6 * MIB
CUTS = 8


@pytest.fixture(scope="module")
def bucket(s3: S3Server) -> str:
    return s3.new_bucket()


@pytest.fixture(scope="module")
def ports(s3: S3Server, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """Of two API processes with one database and one store."""
    folder = tmp_path_factory.mktemp("apis")
    with (
        running(folder, in_bucket(s3, bucket)) as (_, one),
        running(folder, in_bucket(s3, bucket)) as (_, two),
    ):
        yield [int(url.rpartition(":")[2]) for url in (one, two)]


@pytest.mark.parametrize(
    ("client", "chunk"), [("tus-js-client", 0), *((client, CHUNK) for client in CLIENTS)]
)
def test_a_file_arrives_whole_however_often_the_line_breaks(
    client: str, chunk: int, ports: list[int], s3: S3Server, bucket: str, tmp_path: Path
) -> None:
    file = random_file(tmp_path / "cut.bin", SIZE)
    sent = upload(client, file, ports, s3, bucket, cuts=CUTS, chunk=chunk or SIZE, seed=7)
    assert sent.equal
    assert sent.status == "processing"
    assert sum(sent.counts.cuts.values()) == CUTS
    assert len(sent.counts.servers) == 2
    assert max(sent.counts.again) <= (chunk or CHUNK)
