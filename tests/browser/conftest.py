"""The whole installation, started by its one command, and a real Chromium in front of it.

Both end with this package and not with the session: while Playwright's synchronous API is open, a loop
counts as running, and no test after it may await.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cli.local.ports import HOST, pick_free
from tests.browser.watching import Watch
from tests.media import make_clip
from tests.processes import eventually

_ROOT = Path(__file__).parents[2]
_STARTS_WITHIN = 120
_STOPS_WITHIN = 60
_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def reelmill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it answers, as `http://host:port`."""
    folder = tmp_path_factory.mktemp("reelmill")
    url = f"http://{HOST}:{pick_free(['page'])['page']}"
    log = folder / "up.log"
    with log.open("wb") as output:
        command = [
            str(_ROOT / "reelmill"),
            "up",
            "--data",
            str(folder / "data"),
            "--port",
            url.rpartition(":")[2],
        ]
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        eventually(lambda: process.poll() is not None or _ready(url), within=_STARTS_WITHIN)
        assert process.poll() is None, log.read_text()[-3000:]
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_STOPS_WITHIN)


def _ready(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/readyz", timeout=2).json()["status"] == "ready")
    except (httpx.HTTPError, ValueError, KeyError):
        return False


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's browser, with a profile of its own that is thrown away."""
    path = shutil.which("chromium")
    assert path, "chromium is missing: `./reelmill test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=list(_SWITCHES), env={**os.environ, "TZ": "UTC"}
        )
        yield browser
        browser.close()


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
def ready_video(reelmill: str, clip: Path) -> str:
    """The id of a video that went all the way before the tab was opened."""
    with clip.open("rb") as body:
        answer = httpx.post(f"{reelmill}/v1/videos", params={"filename": clip.name}, content=body, timeout=30)
    video_id = str(answer.raise_for_status().json()["id"])
    eventually(lambda: _status(reelmill, video_id) in {"ready", "failed"}, within=90)
    assert _status(reelmill, video_id) == "ready"
    return video_id


def _status(url: str, video_id: str) -> str:
    return str(httpx.get(f"{url}/v1/videos/{video_id}", timeout=10).json()["status"])
