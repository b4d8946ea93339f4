"""The whole installation: a video that is watched before it is ready, and on when it is."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import play
from tests.browser.watching import Watch
from tests.installation import Installation
from tests.media import H264, make_clip

_OLD = ("-c:v", "mpeg4", "-q:v", "5", "-c:a", "libmp3lame")
"""What no browser plays as it is."""


def test_what_browsers_play_is_watched_as_it_was_uploaded_and_then_as_it_was_made(
    page: Page, watch: Watch, installation: Installation, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", *H264, "-c:a", "aac", seconds=60, size="960x540")
    video_id = installation.upload(clip)
    page.goto(f"/videos/{video_id}")
    expect(page.locator(".chip.is-playable")).to_be_visible()
    assert play(page)["soundBytes"] > 0
    assert _address(page).endswith("/original")
    installation.wait_until(video_id, "ready", within=110)
    expect(page.locator(".chip.is-ready")).to_be_visible()
    # It may have come to its end meanwhile, on a machine that takes longer to make it than to show it.
    page.locator("video").evaluate("(video) => { video.currentTime = 10; video.play().catch(() => {}); }")
    expect(page.locator("video")).to_have_attribute("src", re.compile("^blob:"))
    assert 10 <= _soon_past(page.locator("video"), 10) < 15
    assert play(page)["soundBytes"] > 0
    assert watch.complaints == []


def test_what_no_browser_plays_is_watched_while_it_is_made_from_its_head_to_its_end(
    page: Page, watch: Watch, installation: Installation, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.avi", *_OLD, seconds=60, size="960x540")
    video_id = installation.upload(clip)
    page.goto(f"/videos/{video_id}")
    expect(page.locator(".chip.is-playable, .chip.is-ready").first).to_be_visible(timeout=110_000)
    played = play(page)
    assert played["width"] > 0
    assert played["soundBytes"] > 0
    video = installation.wait_until(video_id, "ready", within=110)
    assert video["playable_at"] < video["ready_at"]
    assert _soon_past(page.locator("video"), 0.5) > 0.5
    assert watch.complaints == []


def _address(page: Page) -> str:
    address: str = page.locator("video").evaluate("(video) => video.currentSrc")
    return address


def _soon_past(video: Locator, time: float) -> float:
    """Where it plays once it has moved on."""
    passed: float = video.evaluate(
        """async (video, time) => {
          while (video.seeking || video.currentTime <= time) await new Promise(requestAnimationFrame);
          return video.currentTime;
        }""",
        time,
    )
    return passed
