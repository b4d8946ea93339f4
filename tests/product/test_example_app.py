"""docs/howto/add-upload-to-your-app.md: its app runs as written, and a person uploads and watches in it."""

import re
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.browser.steps import choose_by_key
from tests.browser.watching import Watch
from tests.installation import Installation
from tests.processes import eventually
from tests.product.conftest import APP, KEY

HOWTO = APP.parent / "add-upload-to-your-app.md"


def test_what_the_page_shows_of_the_app_is_in_the_app() -> None:
    written = "".join(file.read_text() for file in APP.rglob("*.*"))
    shown = re.findall(r"```(?:python|html|js)\n(.*?)```", HOWTO.read_text(), re.DOTALL)
    assert len(shown) == 5
    for block in shown:
        assert block.strip() in written, block


def test_a_person_uploads_in_the_app_and_the_app_learns_that_the_video_is_ready(
    page: Page, watch: Watch, app: str, installation: Installation, clip: Path
) -> None:
    page.goto("/")
    page.get_by_role("button", name="Choose a video").focus()
    choose_by_key(page, "Enter", clip)
    expect(page.get_by_role("status")).to_have_text("Done. The video is ready.", timeout=90_000)

    ((video_id, _),) = httpx.get(f"{app}/videos", trust_env=False).json().items()
    eventually(lambda: httpx.get(f"{app}/videos", trust_env=False).json() == {video_id: "ready"})
    assert installation.video(video_id)["filename"] == "clip.mp4"
    assert page.locator("#watch iframe").get_attribute("src") == f"{installation.url}/embed/{video_id}"
    player = page.frame_locator("#watch iframe")
    player.locator(".begin").click()
    eventually(lambda: player.locator("video").evaluate("(video) => video.currentTime > 0.5"))
    assert [text for text in watch.complaints if "Content Security Policy" in text] == []


def test_no_key_reaches_the_page(page: Page, app: str) -> None:
    seen: list[str] = []
    page.on("response", lambda response: seen.append(response.text()) if response.ok else None)
    page.goto("/")
    expect(page.get_by_role("button", name="Choose a video")).to_be_visible()
    assert KEY not in "".join(seen) + page.content()
