"""`./reelmill chaos cluster`: a cluster's faults, in a network of its own. Needs root; six minutes."""

import asyncio
import logging
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import structlog

from chaos.cluster import network
from chaos.cluster.book import Book
from chaos.cluster.scenario import Scenario


def main(seed: int) -> int:
    if lacking := network.lacking():
        print(f"Missing here: {lacking}.", file=sys.stderr)
        return 2
    network.enter(seed)
    folder = Path(tempfile.mkdtemp(prefix="reelmill-cluster-"))
    _log_to(folder / "flow.log")
    try:
        book = asyncio.run(_ended(Scenario(folder, seed, _tell)))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 130
    _report(book)
    if book.complaints():
        _tell(f"logs: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _log_to(file: Path) -> None:
    """The report has the terminal to itself."""
    lines = file.open("w")
    logging.basicConfig(stream=lines)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(lines))


async def _ended(scenario: Scenario) -> Book:
    """SIGTERM, too, takes everything down."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await scenario.run()


def _report(book: Book) -> None:
    """Seconds that it took, and that were without a confirm, without one for the API, without a video."""
    _tell(f"{'':48}{'took':>7}{'confirm':>9}{'API':>7}{'video':>7}")
    for phase in book.phases:
        confirm, api, video = book.gaps(phase)
        _tell(f"{phase.name:48}{phase.ended - phase.began:7.1f}{confirm:9.1f}{api:7.1f}{video:7.1f}")
    again = sum(book.delivered.values()) - len(book.delivered)
    _tell(f"{len(book.uploaded)} videos, {len(book.confirmed)} events confirmed, {again} delivered again")
    _tell(f"lost {len(book.lost)}, unfinished {len(book.unfinished)}, finished twice {book.finished_twice}")
    for complaint in book.complaints():
        _tell(f"FAILED: {complaint}")


def _tell(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
