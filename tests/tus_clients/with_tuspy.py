"""`python -m tests.tus_clients.with_tuspy ENDPOINT FILE CHUNK`: uploads by tuspy, and prints where the
upload went."""

import sys

from tusclient.client import TusClient

_PATIENCE = 100


def main() -> None:
    endpoint, file, chunk = sys.argv[1:]
    uploader = TusClient(endpoint).uploader(
        file, chunk_size=int(chunk), retries=_PATIENCE, retry_delay=0, metadata={"filename": "cut.bin"}
    )
    uploader.upload()
    print(uploader.url)  # noqa: T201  it is what the caller reads


main()
