"""What changes shows by itself in every tab and window, by one stream for each browser."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from pipeline.claims import Claim
from pipeline.events import VideoUploaded, first_envelope
from pipeline.tracing import new_traceparent
from tests.browser.held import Held, held
from tests.browser.steps import upload
from tests.chain import stages
from tests.chromium import launch

TAB_WITHIN = 15_000
"""Milliseconds for what takes one: the machine is shared."""
_NOTE_WHEN = """words => new Promise((told) => {
  const place = document.querySelector('[data-step="transcode"] .step-state');
  const look = () => place.textContent === words && told(Date.now());
  new MutationObserver(look).observe(place, { childList: true, characterData: true, subtree: true });
  look();
})"""


@pytest.fixture(scope="module")
def api() -> Iterator[Held]:
    with held() as running:
        yield running


@dataclass
class Work:
    """A video that a worker is at, as far as the database knows."""

    api: Held
    video_id: str
    claim: Claim

    @property
    def path(self) -> str:
        return f"/videos/{self.video_id}"

    def beat(self, progress: float) -> None:
        self.run(self.api.showing.beat(self.claim, progress))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.api.loop).result(30)


@pytest.fixture
def work(api: Held, clip: Path) -> Work:
    video_id = api.upload(clip)
    event = VideoUploaded(source=f"{video_id}/source", filename=clip.name, size=1, content_type=None)
    envelope = first_envelope(
        event, source="/reelmill/upload", video_id=video_id, run=1, traceparent=new_traceparent()
    )
    claiming = api.showing.claim(stages()[0], envelope, "host:1")
    claim = asyncio.run_coroutine_threadsafe(claiming, api.loop).result(30)
    return Work(api, video_id, claim)


@dataclass
class Window:
    """A browser of its own, with what all its tabs ask for."""

    context: BrowserContext
    asked: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.goto(path)
        return page

    def streams(self) -> list[str]:
        return [url for url in self.asked if "/v1/changes" in url]

    def note(self, request: Request) -> None:
        self.asked.append(request.url)


@contextmanager
def window(chromium: Browser, api: Held) -> Iterator[Window]:
    with chromium.new_context(base_url=api.url) as context:
        context.set_default_timeout(TAB_WITHIN)
        opened = Window(context)
        context.on("request", opened.note)
        yield opened


@pytest.fixture
def browser(chromium: Browser, api: Held) -> Iterator[Window]:
    with window(chromium, api) as opened:
        yield opened


def expect_progress(page: Page, words: str) -> None:
    expect(page.locator('[data-step="transcode"] .step-state')).to_have_text(words, timeout=TAB_WITHIN)


def test_two_windows_and_two_tabs_show_the_same_progress_within_a_second(
    chromium: Browser, api: Held, work: Work
) -> None:
    work.beat(0.1)
    with window(chromium, api) as one, window(chromium, api) as other:
        pages = [one.open(work.path), one.open(work.path), other.open(work.path)]
        for page in pages:
            expect_progress(page, "10 %")
        for page in pages:
            page.evaluate(f"window.noted = ({_NOTE_WHEN})('40 %'); 0")
        work.beat(0.4)
        moments = [page.evaluate("window.noted") for page in pages]
    assert max(moments) - min(moments) < 1000


def test_ten_tabs_share_one_stream_and_still_load_segments_and_upload(
    browser: Window, api: Held, work: Work, clip: Path
) -> None:
    key = f"{work.video_id}/1/transcode/1/a.m4s"
    work.run(api.store.put(key, b"x" * 100_000, "video/iso.segment"))
    tabs = [browser.open(work.path) for _ in range(9)]
    work.beat(0.3)
    for page in tabs:
        expect_progress(page, "30 %")
    sizes = tabs[4].evaluate(
        """async (path) => {
          const some = Array.from({ length: 12 }, () => fetch(path, { cache: "no-store" }));
          return Promise.all(some.map(async (one) => (await (await one).arrayBuffer()).byteLength));
        }""",
        f"/media/{key}",
    )
    tenth = browser.open("/")
    card = upload(tenth, clip)

    expect(card.locator(".steps")).to_be_visible()
    assert sizes == [100_000] * 12
    assert len(browser.streams()) == 1


def test_nobody_asks_while_the_stream_tells(browser: Window, work: Work) -> None:
    page = browser.open(work.path)
    for percent in (20, 50, 80):
        work.beat(percent / 100)
        expect_progress(page, f"{percent} %")
    status = [url for url in browser.asked if url.endswith(f"/v1/videos/{work.video_id}")]
    assert len(status) <= 3  # once by itself, and when the stream was there


def test_a_list_is_not_asked_for_again_by_what_is_not_in_it(browser: Window, work: Work) -> None:
    page = browser.open(work.path)
    browser.open("/?q=nothing+is+called+this")
    for percent in range(10, 80, 10):
        work.beat(percent / 100)
        expect_progress(page, f"{percent} %")
    lists = [url for url in browser.asked if "/v1/videos?" in url]
    assert len(lists) <= 3  # by itself, when the stream was there, and when the video was new to it


def test_when_the_tab_that_listens_closes_the_others_go_on_from_where_it_was(
    browser: Window, work: Work
) -> None:
    first, *others = [browser.open(work.path) for _ in range(3)]
    work.beat(0.2)
    for page in (first, *others):
        expect_progress(page, "20 %")
    first.close()
    work.beat(0.6)
    for page in others:
        expect_progress(page, "60 %")
    assert len(browser.streams()) == 2
    assert "last_event_id=" in browser.streams()[1]


@pytest.mark.parametrize("status", [404, 503])
def test_a_refused_stream_is_replaced_by_asking(browser: Window, work: Work, status: int) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=status, body="no streams here")

    browser.context.route("**/v1/changes*", refuse)
    page = browser.open(work.path)
    work.beat(0.3)
    expect_progress(page, "30 %")
    work.beat(0.7)
    expect_progress(page, "70 %")
    expect(page.locator(".connection")).to_be_empty()


def test_a_browser_that_cannot_share_a_stream_asks(browser: Window, work: Work) -> None:
    browser.context.add_init_script("delete Navigator.prototype.locks")  # as on plain http from elsewhere
    page = browser.open(work.path)
    work.beat(0.3)
    expect_progress(page, "30 %")
    work.beat(0.7)
    expect_progress(page, "70 %")
    assert browser.streams() == []


def test_a_lost_network_is_said_in_every_tab_and_survived(browser: Window, work: Work) -> None:
    tabs = [browser.open(work.path) for _ in range(2)]
    work.beat(0.2)
    for page in tabs:
        expect_progress(page, "20 %")
    browser.context.set_offline(True)
    for page in tabs:
        expect(page.locator(".connection")).to_contain_text("connection is lost", timeout=TAB_WITHIN)
    work.beat(0.5)
    browser.context.set_offline(False)
    for page in tabs:
        expect_progress(page, "50 %")
        expect(page.locator(".connection")).to_be_empty()


def test_a_video_that_is_deleted_elsewhere_is_gone_from_the_page(browser: Window, work: Work) -> None:
    page = browser.open(work.path)
    work.beat(0.2)
    expect_progress(page, "20 %")
    work.run(work.api.showing.delete(work.video_id))
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such video")


@pytest.fixture
def keeping(chromium: Browser, api: Held) -> Iterator[Window]:
    """A browser that keeps pages for the way back, as everybody's does: Playwright forbids it by a switch."""
    with (
        launch(chromium.browser_type, without=["--disable-back-forward-cache"]) as browser,
        window(browser, api) as opened,
    ):
        yield opened


def test_a_page_that_one_comes_back_to_follows_again(keeping: Window, work: Work) -> None:
    keeping.context.add_init_script("addEventListener('pageshow', (event) => { kept = event.persisted; })")
    page = keeping.open(work.path)
    work.beat(0.2)
    expect_progress(page, "20 %")
    page.goto("/docs")
    page.go_back(wait_until="commit")  # nothing is loaded
    page.wait_for_function("kept")
    work.beat(0.6)
    expect_progress(page, "60 %")
