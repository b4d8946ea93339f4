"""`python -m chaos.cluster [SEED]`: a cluster's faults, in its own network. Needs root; seven minutes."""

import asyncio
import random
import sys
import tempfile
from pathlib import Path

from chaos.cluster import network
from chaos.cluster.book import Book
from chaos.cluster.scenario import Scenario


def main(arguments: list[str]) -> int:
    if lacking := network.lacking():
        _say(f"Missing here: {lacking}.")
        return 2
    seed = arguments[0] if arguments else str(random.randrange(10_000))  # a seed, no secret
    code = network.enter("chaos.cluster", [seed])
    return _run(int(seed)) if code is None else code


def _run(seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="reelmill-cluster-") as folder:
        book = asyncio.run(Scenario(Path(folder), seed, _say).run())
    _report(book)
    _say(f"once more, the same: python -m chaos.cluster {seed}")
    return 1 if book.complaints() else 0


def _report(book: Book) -> None:
    """Seconds that it took, and that were without a confirm, without one for the API, without a video."""
    _say(f"{'':48}{'took':>7}{'confirm':>9}{'API':>7}{'video':>7}")
    for phase in book.phases:
        confirm, api, video = book.gaps(phase)
        _say(f"{phase.name:48}{phase.ended - phase.began:7.1f}{confirm:9.1f}{api:7.1f}{video:7.1f}")
    more = sum(book.delivered.values()) - len(book.delivered)
    _say(f"{len(book.uploaded)} videos, {len(book.confirmed)} events confirmed, {more} delivered again")
    _say(f"lost {len(book.lost)}, unfinished {len(book.unfinished)}, finished twice {book.finished_twice}")
    for complaint in book.complaints():
        _say(f"FAILED: {complaint}")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
