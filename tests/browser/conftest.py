"""The whole installation, started by its one command, and a real Chromium in front of it.

Both end with this package and not with the session: while Playwright's synchronous API is open, a loop
counts as running, and no test after it may await.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.watching import Watch
from tests.chromium import launched
from tests.installation import Installation
from tests.media import make_clip


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("reelmill") / "data", settings={}).start()
    yield running
    running.close()


@pytest.fixture(scope="package")
def reelmill(installation: Installation) -> str:
    """Where it answers, as `http://host:port`."""
    return installation.url


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's browser, with a profile of its own that is thrown away."""
    with launched() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, reelmill: str) -> Iterator[Page]:
    """An empty tab that knows the installation's address."""
    with chromium.new_context(base_url=reelmill, viewport={"width": 1280, "height": 800}) as context:
        context.set_default_timeout(60_000)
        yield context.new_page()


@pytest.fixture
def watch(page: Page, reelmill: str) -> Watch:
    """What the tab asks for and complains of, from its first request on."""
    return Watch(page, reelmill)


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of picture and tone."""
    path = tmp_path_factory.mktemp("clips") / "first-light.mp4"
    return make_clip(path, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", seconds=4, size="640x360")


@pytest.fixture(scope="package")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes long enough to transcode that a person can change their mind."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    cheap = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    return make_clip(path, *cheap, seconds=90, size="1280x720")


@pytest.fixture(scope="package")
def ready_video(installation: Installation, clip: Path) -> str:
    """The id of a video that went all the way before the tab was opened."""
    video_id = installation.upload(clip)
    installation.wait_until(video_id, "ready", within=90)
    return video_id
