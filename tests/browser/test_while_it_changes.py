"""What becomes of the focus, and of what is said, while a video changes under whoever is at its page."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from pipeline.video import VideoStatus
from tests.browser.held import Held, held
from tests.showing import entry

_NOTE_WHAT_IS_SAID = """() => {
  const region = document.getElementById("announcer");
  window.said = [];
  new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true });
}"""
_COUNT_WHAT_IS_CLOSED = """() => {
  const { destroy } = Hls.prototype;
  window.destroyed = 0;
  Hls.prototype.destroy = function () {
    window.destroyed += 1;
    destroy.call(this);
  };
}"""


@pytest.fixture(scope="module")
def api() -> Iterator[Held]:
    with held() as running:
        yield running


@pytest.fixture
def tab(chromium: Browser, api: Held) -> Iterator[Page]:
    api.showing.status, api.showing.playback, api.showing.story = VideoStatus.PROCESSING, {}, None
    with chromium.new_context(base_url=api.url, viewport={"width": 1280, "height": 800}) as context:
        context.set_default_timeout(30_000)
        yield context.new_page()


def _broken(api: Held) -> str:
    """A video that is said to be ready, and whose stream nobody has."""
    video_id = api.take()
    api.showing.status = VideoStatus.READY
    api.showing.playback = {"hls": f"{video_id}/1/transcode/9/master.m3u8"}
    return video_id


def test_whoever_reads_an_event_is_left_there_when_the_next_one_comes(tab: Page, api: Held) -> None:
    api.showing.story = [entry("video.uploaded")]
    tab.goto(f"/videos/{api.take()}")
    summary = tab.locator(".happening summary").first
    summary.press("Enter")
    api.showing.story = [*api.showing.story, entry("video.planned")]
    api.showing.status = VideoStatus.FAILED
    expect(tab.locator(".happening")).to_have_count(2)
    expect(summary).to_be_focused()
    expect(tab.locator(".happening pre").first).to_be_visible()


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        (VideoStatus.PROCESSING, "Cancel", VideoStatus.CANCELLED),
        (VideoStatus.FAILED, "Try again", VideoStatus.PROCESSING),
    ],
)
def test_the_focus_goes_from_a_button_that_is_no_more_to_what_came_of_it(
    tab: Page, api: Held, before: VideoStatus, name: str, after: VideoStatus
) -> None:
    api.showing.status = before
    tab.goto(f"/videos/{api.take()}")
    tab.get_by_role("button", name=name).press("Enter")
    api.showing.status = after
    expect(tab.locator(".title-row .status")).to_have_text(after.capitalize())
    expect(tab.locator(".title-row .status")).to_be_focused()


def test_each_of_two_videos_is_told_of_by_its_name_and_once(tab: Page, api: Held, tmp_path: Path) -> None:
    files = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for file in files:
        file.write_bytes(file.name.encode())
    tab.goto("/")
    tab.evaluate(_NOTE_WHAT_IS_SAID)
    tab.set_input_files("#file", files)
    pages = tab.get_by_role("link", name="Open its page")
    expect(pages).to_have_count(2)
    for path in [str(one.get_attribute("href")) for one in pages.all()]:
        httpx.patch(f"{api.url}/v1{path}", json={"title": f"Now called {path}"}).raise_for_status()
        expect(tab.locator(".tile h3").get_by_text(f"Now called {path}")).to_be_visible()
    said: list[str] = tab.evaluate("said.filter((words) => words.endsWith('waiting for a worker'))")
    assert sorted(said) == [f"{file.name}: waiting for a worker" for file in files]


def test_what_does_not_play_is_loaded_again_by_whoever_asks_and_not_by_itself(tab: Page, api: Held) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    video_id = _broken(api)
    tab.goto(f"/videos/{video_id}")
    again = tab.get_by_role("button", name="Load it again")
    again.focus()
    before = [url for url in asked if url.endswith(".m3u8")]
    httpx.patch(f"{api.url}/v1/videos/{video_id}", json={"title": "Another"}).raise_for_status()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Another")
    expect(again).to_be_focused()
    assert [url for url in asked if url.endswith(".m3u8")] == before
    with tab.expect_request("**/master.m3u8"):
        again.press("Enter")


def test_a_stream_that_comes_when_nobody_wants_it_any_more_is_closed(tab: Page, api: Held) -> None:
    coming: list[Route] = []

    def hold(route: Route) -> None:
        coming.append(route)

    with tab.expect_request("**/master.m3u8"):
        tab.route("**/master.m3u8", hold)
        tab.goto(f"/videos/{_broken(api)}")
    tab.evaluate(_COUNT_WHAT_IS_CLOSED)
    api.showing.status, api.showing.playback = VideoStatus.PROCESSING, {}
    expect(tab.locator(".screen.waiting")).to_be_visible()
    coming[0].fulfill(body="#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000\nlow.m3u8\n")
    tab.wait_for_function("window.destroyed === 1")
