"""Static files as they travel: gzip, made once a version of a file and kept, for whoever takes it."""

import gzip
from functools import lru_cache
from pathlib import Path

_MOST_FILES = 128
"""Some 20 kB each; there are fewer files than that, each in the one version that lies on the disk."""


def takes_gzip(accept_encoding: str | None) -> bool:
    """By an Accept-Encoding header; `gzip;q=0` is how a client says that it does not."""
    for offer in (accept_encoding or "").split(","):
        name, _, weight = offer.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "").rstrip("0.") != "q="
    return False


def compressed(file: Path) -> bytes:
    found = file.stat()
    return _compressed(file, found.st_mtime_ns, found.st_size)


@lru_cache(_MOST_FILES)
def _compressed(file: Path, _changed: int, _size: int) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)
