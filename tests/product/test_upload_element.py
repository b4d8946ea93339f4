"""<reelmill-upload> in a page of another site, as a person uses it: paused, cut off, loaded again."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession, Locator, Page, Request, Route, expect

from tests.browser.accessibility import violations
from tests.browser.steps import choose_by_key, overflow
from tests.installation import Installation
from tests.processes import eventually

SIZE = 4_000_000
TAKEN_IN = re.compile("Uploaded|Done")
UNDER_WAY = re.compile("^$|ready …|Uploading$|Paused|connection")


class Line:
    """The tab's line to the network, and what goes over it to the tus server."""

    def __init__(self, page: Page) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("Network.enable")
        self.offsets: list[int] = []
        """Where each PATCH began."""
        self.begun = 0
        """Uploads that were made."""
        page.on("request", self._seen)

    def set(self, *, rate: float = -1) -> None:
        """`rate`: bytes a second upwards; -1 is no limit."""
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
        self._cdp.send("Network.emulateNetworkConditions", conditions)

    def _seen(self, request: Request) -> None:
        self.begun += request.method == "POST" and "upload-length" in request.headers
        if request.method == "PATCH" and "/v1/uploads/" in request.url:
            self.offsets.append(int(request.headers["upload-offset"]))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough on a slow line; what is in it does not matter here."""
    path = tmp_path_factory.mktemp("files") / "a long afternoon.mp4"
    path.write_bytes(os.urandom(SIZE))
    return path


@pytest.fixture
def line(page: Page) -> Iterator[Line]:
    line = Line(page)
    page.goto("/")
    yield line
    line.set()


def status(page: Page) -> Locator:
    return page.get_by_role("status")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def choose(page: Page, path: Path) -> None:
    button(page, "Choose a video").focus()
    choose_by_key(page, "Enter", path)


def begin(page: Page, line: Line, path: Path) -> None:
    """Under way, with some of it sent and most of it not."""
    line.set(rate=SIZE / 12)
    choose(page, path)
    expect(page.get_by_text(re.compile(r"^[1-9]\d? % · .+ of 4\.0 MB"))).to_be_visible()


def test_with_the_keyboard_it_is_paused_and_goes_on_where_it_was(page: Page, line: Line, file: Path) -> None:
    begin(page, line, file)
    expect(button(page, "Pause")).to_be_focused()
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Paused. Nothing is lost.")
    expect(button(page, "Go on")).to_be_focused()
    line.set()
    page.keyboard.press("Enter")
    expect(status(page)).not_to_have_text(re.compile("Paused|Uploading"))
    assert line.offsets[0] == 0
    assert line.offsets[-1] > 0


def test_a_lost_connection_is_told_and_got_over(page: Page, line: Line, file: Path) -> None:
    begin(page, line, file)
    page.context.set_offline(True)
    expect(status(page)).to_contain_text("The connection is lost")
    page.context.set_offline(False)
    line.set()
    expect(status(page)).not_to_have_text(re.compile("connection|Uploading$"))
    assert line.offsets[-1] > 0


def test_after_a_reload_the_same_file_goes_on(page: Page, line: Line, file: Path) -> None:
    begin(page, line, file)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    line.set()
    before = len(line.offsets)
    choose(page, file)
    expect(status(page)).not_to_have_text(re.compile("^$|ready …|Uploading$"))
    assert len(line.offsets) > before
    assert line.offsets[before] > 0


def test_paused_and_gone_on_with_before_it_began_it_is_sent_once(page: Page, line: Line, file: Path) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/tus.min.js", hold)
    with page.expect_request("**/tus.min.js"):
        choose(page, file)
    button(page, "Pause").click()
    button(page, "Go on").click()
    held[0].continue_()
    expect(status(page)).not_to_have_text(UNDER_WAY, timeout=30_000)
    assert (line.begun, line.offsets) == (1, [0])


def test_an_answer_that_passes_does_not_make_it_begin_anew(page: Page, line: Line, file: Path) -> None:
    begin(page, line, file)
    button(page, "Pause").click()
    line.set()
    answers = [503, 502]

    def answer(route: Route) -> None:
        if route.request.method == "HEAD" and answers:
            route.fulfill(status=answers.pop(), headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.fallback()

    page.route("**/v1/uploads/*", answer)
    button(page, "Go on").click()
    expect(status(page)).not_to_have_text(UNDER_WAY, timeout=30_000)
    assert (line.begun, answers) == (1, [])
    assert line.offsets[-1] > 0


def test_where_it_may_not_know_more_it_ends_and_takes_another(page: Page, line: Line, file: Path) -> None:
    anyone = {"Access-Control-Allow-Origin": "*"}
    page.route("**/v1/videos/*", lambda route: route.fulfill(status=401, headers=anyone))
    choose(page, file)
    expect(status(page)).to_have_text("Uploaded.")
    button(page, "Choose another video").click()
    expect(button(page, "Choose a video")).to_be_focused()


def test_after_a_long_outage_it_still_tells_what_became_of_it(page: Page, line: Line, clip: Path) -> None:
    page.clock.install()
    lost: list[Route] = []

    def lose(route: Route) -> None:
        lost.append(route)
        route.abort()

    page.route("**/v1/videos/*", lose)
    choose(page, clip)
    expect(status(page)).to_contain_text("being prepared")

    def outage_is_long() -> bool:
        page.clock.run_for(30_000)
        return len(lost) > 12

    eventually(outage_is_long)
    expect(button(page, "Choose another video")).to_be_visible()
    page.unroute("**/v1/videos/*")

    def is_done() -> bool:
        page.clock.run_for(30_000)
        return status(page).inner_text().startswith("Done")

    eventually(is_done, within=90)


@pytest.mark.parametrize("apart", [True, False], ids=["taken out and put back", "moved at once"])
def test_moved_in_its_page_it_goes_on(page: Page, line: Line, file: Path, apart: bool) -> None:
    begin(page, line, file)
    page.evaluate(
        """async (apart) => {
            const element = document.querySelector("reelmill-upload");
            if (apart) {
              element.remove();
              await new Promise(requestAnimationFrame);
            }
            document.body.append(element);
        }""",
        apart,
    )
    line.set()
    expect(status(page)).not_to_have_text(UNDER_WAY, timeout=30_000)
    assert line.begun == 1


def test_what_is_cancelled_is_gone(page: Page, line: Line, file: Path, installation: Installation) -> None:
    with page.expect_response(re.compile("/upload-link")) as answered:
        begin(page, line, file)
    video_id = answered.value.json()["video_id"]
    button(page, "Cancel").click()
    expect(status(page)).to_have_text("Cancelled. Nothing was kept.")
    line.set()
    eventually(lambda: installation.client.get(f"/v1/videos/{video_id}").status_code == 404)
    button(page, "Choose another video").click()
    expect(button(page, "Choose a video")).to_be_focused()


def test_a_file_that_was_moved_away_is_not_taken_for_a_lost_connection(
    page: Page, line: Line, file: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(file.read_bytes())
    begin(page, line, moved)
    button(page, "Pause").click()
    moved.unlink()
    line.set()
    button(page, "Go on").click()
    expect(status(page)).to_contain_text("The file cannot be read any more", timeout=30_000)


def test_a_file_that_is_too_large_is_not_sent(page: Page, line: Line, file: Path) -> None:
    page.locator("reelmill-upload").evaluate("(element) => element.setAttribute('max-size', '1000000')")
    choose(page, file)
    expect(status(page)).to_contain_text("at most 1.0 MB may be sent. Choose a smaller one.")
    assert line.offsets == []


def test_why_a_video_failed_is_told_with_what_to_do(page: Page, line: Line, tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear reader, this is no video.\n" * 100)
    page.evaluate("addEventListener('problem', ({ detail }) => { window.told = detail })")
    choose(page, letter)
    button(page, "Try again").wait_for()
    told = page.evaluate("window.told")
    assert told["code"]
    assert told["videoId"]
    expect(status(page)).to_contain_text(told["message"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_state(page: Page, line: Line, file: Path, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 360, "height": 720})

    def look(state: str) -> None:
        assert violations(page) == [], state
        assert overflow(page) == 0, state

    look("empty")
    begin(page, line, file)
    look("sending")
    button(page, "Pause").click()
    look("paused")
    button(page, "Cancel").click()
    look("cancelled")


def test_nothing_but_the_link_and_reelmill_is_asked(
    page: Page, line: Line, clip: Path, app: str, installation: Installation
) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add("{0.scheme}://{0.netloc}".format(urlsplit(request.url))))
    choose(page, clip)
    expect(status(page)).to_have_text(TAKEN_IN)
    assert asked <= {app, installation.url}
