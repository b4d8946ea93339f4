"""The player in a frame of another site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.controls import until
from tests.browser.elsewhere import site_that_frames, site_with
from tests.browser.film import make_film, put_film
from tests.browser.held import Held, held
from tests.browser.watching import Watch

_NO_STORAGE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("blocked", "SecurityError"); },
})"""


@pytest.fixture(scope="module")
def api() -> Iterator[Held]:
    with held() as running:
        yield running


@pytest.fixture
def page(chromium: Browser, api: Held) -> Iterator[Page]:
    with chromium.new_context(base_url=api.url, viewport={"width": 1280, "height": 800}) as context:
        context.set_default_timeout(20_000)
        yield context.new_page()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film"))


@pytest.fixture
def video_id(api: Held, film: Path, clip: Path) -> str:
    return put_film(api, film, clip)


def test_a_frame_on_another_site_plays_and_needs_no_storage(page: Page, api: Held, video_id: str) -> None:
    watch = Watch(page, api.url)
    page.add_init_script(_NO_STORAGE)
    with site_that_frames(f"{api.url}/embed/{video_id}") as address:
        page.goto(address)
        frame = page.frame_locator("iframe")
        frame.locator(".begin").click()
        video = frame.locator("video")
        until(video, "video.currentTime > 1 && video.videoWidth > 0")
        frame.locator("media-time-range").hover()
        expect(frame.locator("media-preview-thumbnail")).to_be_visible()
        video.press("c")
        until(video, "[...video.textTracks].some((track) => track.mode === 'showing')")
        video.press("m")
        until(video, "video.muted")
    assert watch.complaints == []


def test_an_upload_that_plays_as_it_is_does_so_in_a_frame_too(page: Page, api: Held, clip: Path) -> None:
    video_id = api.upload(clip)
    api.showing.status = "processing"
    api.showing.playback = {"original": f"{video_id}/source", "original_type": "video/mp4"}
    with site_that_frames(f"{api.url}/embed/{video_id}") as address:
        page.goto(address)
        frame = page.frame_locator("iframe")
        frame.locator(".begin").click()
        until(frame.locator("video"), "video.currentTime > 1")


def test_it_says_what_is_going_on_and_plays_as_soon_as_it_can(
    page: Page, api: Held, film: Path, clip: Path
) -> None:
    video_id = put_film(api, film, clip)
    playback = api.showing.playback
    api.showing.status, api.showing.playback = "processing", {}
    page.goto(f"/embed/{video_id}")
    expect(page.locator(".screen")).to_contain_text("Being made ready")
    api.showing.status, api.showing.playback = "ready", playback
    page.locator(".begin").click()
    until(page.locator("video"), "video.currentTime > 0.5")


def test_what_an_outage_said_goes_with_it_though_nothing_changed(page: Page, api: Held, clip: Path) -> None:
    video_id = api.upload(clip)
    api.showing.status, api.showing.playback = "processing", {}
    page.goto(f"/embed/{video_id}")
    expect(page.locator(".screen")).to_contain_text("Being made ready")
    page.context.set_offline(True)
    expect(page.locator(".screen")).to_contain_text("connection is lost")
    page.context.set_offline(False)
    expect(page.locator(".screen")).to_contain_text("Being made ready")


@pytest.mark.parametrize(
    ("status", "words"),
    [("failed", "could not be prepared"), ("cancelled", "was cancelled"), ("ready", "nothing to play")],
)
def test_it_says_why_there_is_nothing_to_play(
    page: Page, api: Held, clip: Path, status: str, words: str
) -> None:
    video_id = api.upload(clip)
    api.showing.status, api.showing.playback = status, {}
    page.goto(f"/embed/{video_id}")
    expect(page.locator(".screen")).to_contain_text(words)


def test_the_address_says_where_to_begin_and_whether_at_once_and_silent(page: Page, video_id: str) -> None:
    page.goto(f"/embed/{video_id}?autoplay=1&muted=1&t=9")
    video = page.locator("video")
    until(video, "!video.paused && video.currentTime >= 9 && video.currentTime < 16")
    expect(video).to_have_js_property("muted", True)


def test_a_link_to_the_videos_page_is_there_on_request_only(page: Page, video_id: str) -> None:
    page.goto(f"/embed/{video_id}")
    expect(page.locator("video")).to_be_visible()
    expect(page.get_by_role("link")).to_have_count(0)
    page.goto(f"/embed/{video_id}?title=1")
    expect(page.get_by_role("link", name="first-light.mp4")).to_have_attribute("href", f"/videos/{video_id}")


def test_the_code_that_a_videos_page_gives_shows_it_in_another_page(page: Page, video_id: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/videos/{video_id}")
    page.get_by_role("button", name="Copy embed code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    code = page.evaluate("navigator.clipboard.readText()")
    with site_with(code) as address:
        page.goto(address)
        frame = page.frame_locator("iframe")
        frame.locator(".begin").click()
        until(frame.locator("video"), "video.currentTime > 0.5")


@pytest.mark.parametrize("size", [(320, 180), (640, 360), (1280, 720)])
def test_it_fills_the_frame_whatever_its_size(page: Page, video_id: str, size: tuple[int, int]) -> None:
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"/embed/{video_id}")
    expect(page.locator("media-controller")).to_have_attribute("mediaduration", "24")
    box = page.locator("video").bounding_box()
    assert box == {"x": 0, "y": 0, "width": width, "height": height}
    assert page.evaluate("document.documentElement.scrollHeight") == height


def test_whoever_cannot_see_or_point_can_use_it(page: Page, video_id: str) -> None:
    page.goto(f"/embed/{video_id}")
    expect(page.locator("media-controller")).to_have_attribute("mediaduration", "24")
    assert violations(page) == []
    page.locator("media-settings-menu-button").click()
    expect(page.locator("media-settings-menu")).to_be_visible()
    assert violations(page) == []
