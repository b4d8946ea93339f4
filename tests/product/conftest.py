"""An installation as one that a product builds on, with an API key; the example app on it, and a Chromium.

All end with this package: while Playwright's synchronous API is open, no test may await.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from cli.local.ports import pick_free
from cli.local.stack import ROOT
from tests.browser.watching import Watch
from tests.chromium import launched
from tests.installation import QUICK, Installation
from tests.media import make_clip
from tests.processes import eventually

KEY = "the-key-of-this-test-alone"
NOTICE_SECRET = "whsec_b25seS1mb3ItdGhpcy10ZXN0LW5vdC1hLXNlY3JldA=="
APP = ROOT / "docs" / "howto" / "example-app"


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = {**QUICK, "REELMILL_API__KEY": KEY, "REELMILL_NOTICE__SECRET": NOTICE_SECRET}
    running = Installation(tmp_path_factory.mktemp("product") / "data", settings).start()
    running.client.headers["Authorization"] = f"Bearer {KEY}"
    yield running
    running.close()


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of picture and tone."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return make_clip(path, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", seconds=4, size="426x240")


@pytest.fixture(scope="package")
def app(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the example app answers, run as its page says."""
    port = pick_free(["app"])["app"]
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "REELMILL_URL": installation.url,
        "APP_URL": url,
        "REELMILL_API__KEY": KEY,
        "REELMILL_NOTICE__SECRET": NOTICE_SECRET,
    }
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)]
    log = tmp_path_factory.mktemp("app") / "app.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=APP, env=environment, stdout=output, stderr=output)
    try:
        eventually(lambda: process.poll() is not None or _answers(url))
        assert process.poll() is None, log.read_text()
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, app: str) -> Iterator[Page]:
    """An empty tab that knows the app's address."""
    with chromium.new_context(base_url=app, viewport={"width": 800, "height": 800}) as context:
        context.set_default_timeout(60_000)
        yield context.new_page()


@pytest.fixture
def watch(page: Page, app: str) -> Watch:
    return Watch(page, app)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/videos", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
