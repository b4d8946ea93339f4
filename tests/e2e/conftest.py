"""One installation for the tests here that only hurt it and let it heal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import Installation
from tests.media import make_clip
from tests.receiver import Receiver


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("e2e") / "data").start()
    yield running
    running.close()


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds; encoded in about one."""
    path = tmp_path_factory.mktemp("clips") / "short.mp4"
    return make_clip(path, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", seconds=2, size="426x240")


@pytest.fixture(scope="package")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough to be caught in the middle of its encode."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    options = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    return make_clip(path, *options, seconds=40, size="1280x720", rate="30")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()
