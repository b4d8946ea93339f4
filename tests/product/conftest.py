"""An installation as one that a product builds on: with an API key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import QUICK, Installation
from tests.media import make_clip

KEY = "the-key-of-this-test-alone"


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = {**QUICK, "REELMILL_API__KEY": KEY}
    running = Installation(tmp_path_factory.mktemp("product") / "data", settings).start()
    running.client.headers["Authorization"] = f"Bearer {KEY}"
    yield running
    running.close()


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of picture and tone."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return make_clip(path, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", seconds=4, size="426x240")
