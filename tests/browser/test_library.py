"""The list of videos on `/`, over an API without workers: what is there stays as it is."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.held import Held, held
from tests.browser.steps import expect_arrived, layout_shift, overflow, upload, watch_the_layout

PAGE = 24
_DELETE = re.compile("^Delete(:|$)")
_NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });
}"""


@pytest.fixture(scope="module")
def api() -> Iterator[Held]:
    with held() as running:
        yield running


@pytest.fixture
def tab(chromium: Browser, api: Held) -> Iterator[Page]:
    with chromium.new_context(base_url=api.url, viewport={"width": 1280, "height": 800}) as context:
        context.set_default_timeout(30_000)
        yield context.new_page()


@pytest.fixture
def plain(chromium: Browser, api: Held) -> Iterator[Page]:
    """A tab that runs no script."""
    with chromium.new_context(base_url=api.url, java_script_enabled=False) as context:
        yield context.new_page()


@pytest.fixture(scope="module")
def many(api: Held) -> list[str]:
    """One page and a part of the next, the newest first."""
    return [api.take(title=f"Series, part {number}") for number in range(PAGE + 6)][::-1]


def _tile(tab: Page, title: str) -> Locator:
    return tab.locator(".tile").filter(has_text=title)


def _ids(tab: Page) -> list[str]:
    ids: list[str] = tab.locator(".tile").evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.id)")
    return ids


def test_the_list_is_walked_a_page_at_a_time_and_the_address_keeps_where(tab: Page, many: list[str]) -> None:
    tab.goto("/?q=series")
    expect(tab.locator(".tile")).to_have_count(PAGE)
    assert _ids(tab) == many[:PAGE]
    tab.get_by_role("link", name="Older").click()
    expect(tab.locator(".tile")).to_have_count(6)
    assert _ids(tab) == many[PAGE:]
    tab.reload()
    expect(tab.locator(".tile")).to_have_count(6)
    tab.go_back()
    expect(tab.locator(".tile")).to_have_count(PAGE)
    tab.go_forward()
    expect(tab.locator(".tile")).to_have_count(6)
    tab.get_by_role("link", name="Newest").click()
    expect(tab.locator(".tile")).to_have_count(PAGE)
    expect(tab).to_have_url(re.compile(r"\?q=series$"))


def test_what_is_typed_is_searched_for_and_can_be_linked_to(tab: Page, api: Held) -> None:
    api.take(title="Harbour at 50 %")
    tab.goto("/")
    expect(tab.get_by_role("button", name="Rename").first).to_be_visible()
    tab.get_by_role("searchbox").fill("HARBOUR 50")
    expect(tab.locator(".tile")).to_have_count(1)
    expect(tab).to_have_url(re.compile(r"\?q=HARBOUR\+50$"))
    tab.reload()
    expect(tab.get_by_role("searchbox")).to_have_value("HARBOUR 50")
    expect(tab.locator(".tile")).to_have_count(1)


def test_a_browser_that_cannot_count_a_query_searches_too(tab: Page, api: Held) -> None:
    api.take(title="Lighthouse")
    tab.add_init_script("delete URLSearchParams.prototype.size")  # Safari has it from 17 on
    tab.goto("/")
    expect(tab.get_by_role("button", name="Rename").first).to_be_visible()
    tab.get_by_role("searchbox").fill("lighth")
    expect(tab.locator(".tile")).to_have_count(1)
    expect(tab).to_have_url(re.compile(r"\?q=lighth$"))


def test_where_the_browser_keeps_nothing_videos_are_listed_taken_and_deleted(
    tab: Page, api: Held, clip: Path
) -> None:
    video_id = api.take(title="Kept nowhere")
    tab.add_init_script(_NO_STORAGE)
    tab.goto(f"/videos/{video_id}")
    tab.get_by_role("button", name=_DELETE).click()
    expect(tab).to_have_url(f"{api.url}/")
    expect(_tile(tab, "Kept nowhere")).to_have_count(0)
    expect_arrived(upload(tab, clip))


def test_a_search_without_a_match_says_so_and_leads_back(tab: Page, many: list[str]) -> None:
    tab.goto("/")
    tab.get_by_role("searchbox").fill("no such thing")
    expect(tab.get_by_text("No video matches", exact=True)).to_be_visible()
    tab.get_by_role("link", name="Show all videos").click()
    expect(tab.locator(".tile")).to_have_count(PAGE)
    expect(tab.get_by_role("searchbox")).to_have_value("")


def test_videos_are_filtered_by_their_state(tab: Page, api: Held) -> None:
    video_id = api.take(title="Not wanted")
    httpx.post(f"{api.url}/v1/videos/{video_id}/cancel").raise_for_status()
    tab.goto("/")
    tab.get_by_label("State").select_option("Cancelled")
    expect(tab.locator(".tile")).to_have_count(1)
    expect(_tile(tab, "Not wanted").locator(".chip")).to_have_text("Cancelled")
    expect(tab).to_have_url(re.compile("status=cancelled"))
    tab.go_back()
    expect(tab.get_by_label("State")).to_have_value("")
    expect(tab.locator(".tile")).not_to_have_count(1)


def test_a_video_that_comes_shows_up_by_itself(tab: Page, api: Held) -> None:
    api.take(title="Already there")
    tab.goto("/")
    expect(_tile(tab, "Already there")).to_be_visible()
    api.take(title="Just come")
    expect(_tile(tab, "Just come")).to_be_visible()


def test_a_video_is_renamed_where_it_stands(tab: Page, api: Held) -> None:
    video_id = api.take(title="Wrong name")
    tab.goto("/?q=name")
    _tile(tab, "Wrong name").get_by_role("button", name="Rename").click()
    expect(tab.get_by_label("Title", exact=True).last).to_be_focused()
    tab.keyboard.type("Right name")
    tab.keyboard.press("Enter")
    expect(_tile(tab, "Right name").get_by_role("button", name="Rename")).to_be_focused()
    assert httpx.get(f"{api.url}/v1/videos/{video_id}").json()["title"] == "Right name"


def test_a_list_that_was_asked_for_before_a_rename_does_not_take_it_back(tab: Page, api: Held) -> None:
    api.take(title="Beside it")
    api.take(title="As it was")
    answer = httpx.get(f"{api.url}/v1/videos?limit={PAGE}").json()
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    tab.route("**/v1/changes*", lambda route: route.fulfill(status=503))
    tab.goto("/")
    with tab.expect_request("**/v1/videos?*"):
        tab.route("**/v1/videos?*", hold)
    _tile(tab, "As it was").get_by_role("button", name="Rename").click()
    tab.keyboard.type("As it is")
    tab.keyboard.press("Enter")
    expect(_tile(tab, "As it is")).to_be_visible()
    next(one for one in answer["items"] if one["title"] == "Beside it")["title"] = "The list has come"
    asked[0].fulfill(json=answer)
    expect(_tile(tab, "The list has come")).to_be_visible()
    assert _tile(tab, "As it is").count() == 1


def test_escape_keeps_the_old_name_and_an_empty_one_gives_the_file_its_own(tab: Page, api: Held) -> None:
    api.take(title="To be kept", filename="kept.mp4")
    tab.goto("/?q=kept.mp4")
    rename = tab.get_by_role("button", name="Rename")
    rename.click()
    tab.keyboard.type("Something else")
    tab.keyboard.press("Escape")
    expect(tab.locator(".tile h3")).to_have_text("To be kept")
    rename.click()
    tab.keyboard.press("Delete")
    tab.keyboard.press("Enter")
    expect(tab.locator(".tile h3")).to_have_text("kept.mp4")


def test_a_video_is_cancelled_from_the_list(tab: Page, api: Held) -> None:
    api.take(title="Changed my mind")
    tab.goto("/?q=changed")
    _tile(tab, "Changed").get_by_role("button", name="Cancel").click()
    expect(_tile(tab, "Changed").locator(".chip")).to_have_text("Cancelled")
    expect(_tile(tab, "Changed").get_by_role("button", name="Cancel")).to_be_hidden()


def test_a_deletion_is_taken_back_with_the_mouse(tab: Page, api: Held) -> None:
    video_id = api.take(title="Deleted by mistake")
    tab.goto("/?q=mistake")
    tab.get_by_role("button", name=_DELETE).click()
    expect(tab.locator(".tile")).to_have_count(0)
    expect(tab.locator(".notice")).to_contain_text("“Deleted by mistake” was deleted.")
    assert httpx.get(f"{api.url}/v1/videos/{video_id}").status_code == 404
    tab.get_by_role("button", name="Undo").click()
    expect(_tile(tab, "Deleted by mistake")).to_be_visible()
    expect(tab.locator(".notice")).to_have_count(0)
    assert httpx.get(f"{api.url}/v1/videos/{video_id}").status_code == 200


def test_a_deletion_is_taken_back_with_the_keyboard_alone(tab: Page, api: Held) -> None:
    api.take(title="Deleted by key")
    tab.goto("/?q=key")
    expect(tab.get_by_role("button", name=_DELETE)).to_be_visible()
    tab.get_by_role("searchbox").focus()
    _tab_until(tab, "document.activeElement.ariaLabel?.startsWith('Delete')")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Undo")).to_be_focused()
    expect(tab.locator(".tile")).to_have_count(0)
    tab.keyboard.press("Enter")
    expect(_tile(tab, "Deleted by key").get_by_role("link")).to_be_focused()


def test_a_notice_that_is_dismissed_leaves_the_focus_in_the_list(tab: Page, api: Held) -> None:
    for name in ("below", "above"):
        api.take(title=f"Pair {name}")
    tab.goto("/?q=pair")
    _tile(tab, "above").get_by_role("button", name=_DELETE).click()
    expect(tab.get_by_role("button", name="Undo")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.locator(".notice")).to_have_count(0)
    expect(_tile(tab, "below").get_by_role("link")).to_be_focused()


def test_a_notice_stays_as_long_as_it_is_held_and_goes_when_its_time_is_over(tab: Page, api: Held) -> None:
    api.take(title="Gone after a while")
    tab.clock.install()
    tab.goto("/?q=while")
    tab.get_by_role("button", name=_DELETE).click()
    tab.locator(".notice").hover()
    tab.clock.run_for(90_000)
    expect(tab.locator(".notice")).to_be_visible()
    tab.mouse.move(1, 1)
    tab.clock.run_for(2000)
    expect(tab.locator(".notice")).to_have_count(0)


def test_a_deletion_that_cannot_be_taken_back_any_more_says_so(tab: Page, api: Held) -> None:
    api.take(title="Too late")
    problem = '{"code": "deleted_for_good", "detail": "It cannot be brought back any more.", "hint": ""}'

    def refuse(route: Route) -> None:
        route.fulfill(status=404, content_type="application/problem+json", body=problem)

    tab.route("**/restore", refuse)
    tab.goto("/?q=late")
    tab.get_by_role("button", name=_DELETE).click()
    tab.get_by_role("button", name="Undo").click()
    expect(tab.locator(".notice")).to_contain_text("cannot be brought back")
    expect(tab.get_by_role("button", name="Dismiss")).to_be_focused()


@pytest.mark.parametrize("path", ["/?q=asked", "/videos/{}"])
def test_where_a_deletion_cannot_be_taken_back_the_page_asks_first(chromium: Browser, path: str) -> None:
    with held(undo=timedelta(0)) as api, chromium.new_context(base_url=api.url) as context:
        video_id = api.take(title="Asked about")
        tab = context.new_page()
        tab.goto(path.format(video_id))
        tab.get_by_role("button", name=_DELETE).click()
        tab.get_by_role("button", name="Keep it").click()
        assert httpx.get(f"{api.url}/v1/videos/{video_id}").status_code == 200
        tab.get_by_role("button", name=_DELETE).click()
        tab.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(tab.locator(".tile")).to_have_count(0)
        expect(tab.get_by_role("searchbox")).to_be_visible()
        assert httpx.get(f"{api.url}/v1/videos/{video_id}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/videos/{}"])
def test_nothing_moves_while_a_page_comes_to_life(tab: Page, many: list[str], path: str) -> None:
    watch_the_layout(tab)
    tab.goto(path.format(many[0]))
    expect(tab.get_by_role("button", name=_DELETE).first).to_be_visible()
    assert layout_shift(tab) < 0.01


def test_a_narrow_phone_shows_the_list_and_a_name_under_change(tab: Page, many: list[str]) -> None:
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.goto("/?q=series")
    tab.get_by_role("button", name="Rename").first.click()
    assert overflow(tab) == 0
    tab.get_by_role("button", name=_DELETE).nth(1).click()
    expect(tab.locator(".notice")).to_be_visible()
    assert overflow(tab) == 0
    tab.get_by_role("button", name="Undo").click()
    expect(tab.locator(".notice")).to_have_count(0)


def test_without_scripts_the_list_is_searched_and_walked_by_links(plain: Page, many: list[str]) -> None:
    plain.goto("/")
    plain.get_by_role("searchbox").fill("series")
    plain.get_by_label("State").select_option("Processing")
    plain.get_by_role("button", name="Search").click()
    assert len(_ids(plain)) == PAGE
    expect(plain.locator(".chip").first).to_have_text("Processing")
    plain.get_by_role("link", name="Older").click()
    assert _ids(plain) == many[PAGE:]
    expect(plain.get_by_role("searchbox")).to_have_value("series")
    expect(plain.get_by_label("State")).to_have_value("processing")
    plain.get_by_role("link", name="Series, part 0").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Series, part 0")


def test_without_scripts_a_status_is_read_and_read_again_by_itself(plain: Page, many: list[str]) -> None:
    plain.goto(f"/videos/{many[0]}")
    expect(plain.locator(".step")).to_have_count(4)
    expect(plain.locator('[data-step="transcode"]')).to_contain_text("Waiting")
    assert '<noscript><meta http-equiv="refresh"' in plain.content()


def _tab_until(tab: Page, there: str) -> None:
    for _ in range(30):
        tab.keyboard.press("Tab")
        if tab.evaluate(there):
            return
    pytest.fail(f"30 times Tab, and never: {there}")
