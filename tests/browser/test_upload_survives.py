"""Uploads that are held up, broken off, left and taken up again, as the person at the page sees it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.accessibility import violations
from tests.browser.sending import Sending, arrived_whole, noise, offset_of
from tests.browser.steps import expect_arrived, overflow, slow_down
from tests.installation import Installation
from tests.processes import eventually

_SLOW = 200_000
"""Bytes a second: a file of 2 MB takes long enough to change one's mind about it."""
_RECORDS = "Object.keys(localStorage).filter((key) => key.startsWith('reelmill.upload.'))"
_PROBLEM = {
    "code": "store_full",
    "title": "Full",
    "detail": "The server has no room for more.",
    "hint": "Remove what is not needed any more.",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
}


def test_of_several_files_two_are_sent_at_once_and_all_arrive(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    files = [noise(tmp_path / f"{name}.mp4", 1) for name in ("one", "two", "three")]
    page.goto("/")
    faster = slow_down(page, _SLOW)
    page.set_input_files("#file", files)
    cards = [page.get_by_role("article", name=file.name) for file in files]
    expect(page.locator(".chip.is-uploading")).to_have_count(2)
    expect(cards[2].locator(".chip.is-queued")).to_be_visible()
    assert page.get_by_role("article").all_inner_texts()[0].startswith("one.mp4")
    faster()

    for card, file in zip(cards, files, strict=True):
        expect_arrived(card)
        assert arrived_whole(installation, card, file)


def test_a_paused_upload_lets_the_next_one_go_and_goes_on_from_where_it_was(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    files = [noise(tmp_path / f"{name}.mp4") for name in ("one", "two", "three")]
    sending = Sending(page)
    page.goto("/")
    faster = slow_down(page, _SLOW)
    page.set_input_files("#file", files)
    card, _, third = (page.get_by_role("article", name=file.name) for file in files)
    _expect_under_way(card)
    card.get_by_role("button", name="Pause").click()
    expect(card.locator(".chip.is-paused")).to_be_visible()
    expect(third.locator(".chip.is-uploading")).to_be_visible()
    faster()
    expect_arrived(third)
    expect(card.locator(".chip.is-paused")).to_be_visible()
    card.get_by_role("button", name="Go on").click()

    expect_arrived(card)
    assert arrived_whole(installation, card, files[0])
    assert sending.offsets[-1] > 0


def test_a_cancelled_upload_is_gone_from_the_server_too(page: Page, tmp_path: Path) -> None:
    sending = Sending(page)
    page.goto("/")
    slow_down(page, _SLOW)
    card = _begun(page, noise(tmp_path / "one.mp4"))
    card.get_by_role("button", name="Cancel").click()

    expect(card.locator(".chip.is-cancelled")).to_be_visible()
    eventually(lambda: offset_of(sending.urls[0]) is None)
    card.get_by_role("button", name="Dismiss").click()
    expect(card).to_have_count(0)


def test_after_a_reload_the_same_file_goes_on_from_where_it_stopped(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    file = noise(tmp_path / "Holiday.mp4")
    page.goto("/")
    card = _left_halfway(page, file)
    sending = Sending(page)
    expect(card).to_contain_text(re.compile(r"stopped at [1-9]\d? %. Choose the file again to go on"))
    _choose_again(page, card, file)

    expect_arrived(card)
    assert arrived_whole(installation, card, file)
    assert sending.offsets[0] > 0


def test_a_file_that_stopped_and_is_chosen_as_any_other_goes_on_too(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    file = noise(tmp_path / "Holiday.mp4")
    page.goto("/")
    card = _left_halfway(page, file)
    sending = Sending(page)
    renamed = file.rename(tmp_path / "renamed.mp4")
    page.set_input_files("#file", renamed)

    card = page.get_by_role("article")
    expect_arrived(card)
    expect(page.get_by_role("article")).to_have_count(1)
    assert arrived_whole(installation, card, renamed)
    assert sending.offsets[0] > 0


def test_another_file_than_the_one_that_stopped_is_told_so_and_not_mixed_up(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    file, other = noise(tmp_path / "Holiday.mp4"), noise(tmp_path / "other" / "Holiday.mp4")
    page.goto("/")
    card = _left_halfway(page, file)
    _choose_again(page, card, other)
    expect(card.get_by_role("alert")).to_contain_text("is another file")
    expect(card.get_by_role("button", name="Choose it again")).to_be_visible()
    card.get_by_role("button", name="Upload it as a video of its own").click()

    separate = page.get_by_role("article").first
    expect_arrived(separate)
    assert arrived_whole(installation, separate, other)
    expect(page.get_by_role("article").nth(1)).to_contain_text("stopped at")


def test_an_upload_that_expired_says_so_and_begins_anew(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    file = noise(tmp_path / "Holiday.mp4")
    sending = Sending(page)
    page.goto("/")
    card = _left_halfway(page, file)
    httpx.delete(sending.urls[0], headers={"Tus-Resumable": "1.0.0"}).raise_for_status()
    page.reload()
    expect(card).to_contain_text("no longer keeps what had been sent")
    assert page.evaluate(_RECORDS) == []
    slow_down(page, _SLOW * 5)
    _choose_again(page, card, file)
    expect(card).to_contain_text("so it began anew")

    expect_arrived(card)
    assert arrived_whole(installation, card, file)


def test_an_upload_that_was_deleted_meanwhile_is_not_sent_anew(page: Page, tmp_path: Path) -> None:
    sending = Sending(page)
    page.goto("/")
    slow_down(page, _SLOW)
    card = _begun(page, noise(tmp_path / "one.mp4"))
    card.get_by_role("button", name="Pause").click()
    httpx.delete(sending.urls[0], headers={"Tus-Resumable": "1.0.0"}).raise_for_status()
    card.get_by_role("button", name="Go on").click()

    expect(card.locator(".failure")).to_contain_text("it was deleted, or left for too long")
    expect(card.locator(".failure code")).to_have_text("upload_deleted")
    assert len(set(sending.urls)) == 1


def test_an_upload_that_is_forgotten_is_gone_from_the_server_and_the_browser(
    page: Page, tmp_path: Path
) -> None:
    sending = Sending(page)
    page.goto("/")
    card = _left_halfway(page, noise(tmp_path / "Holiday.mp4"))
    card.get_by_role("button", name="Forget it").press("Enter")

    expect(card).to_have_count(0)
    expect(page.locator("#file")).to_be_focused()
    eventually(lambda: offset_of(sending.urls[0]) is None)
    page.reload()
    expect(page.locator("#file")).to_have_attribute("multiple", "")
    expect(page.get_by_role("article")).to_have_count(0)
    assert page.evaluate(_RECORDS) == []


def test_without_a_network_it_waits_and_goes_on_by_itself_when_it_is_back(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    file = noise(tmp_path / "one.mp4")
    sending = Sending(page)
    page.goto("/")
    slow_down(page, _SLOW)
    card = _begun(page, file)
    page.context.set_offline(True)
    expect(card).to_contain_text("There is no network. It goes on from where it is")
    expect(card.locator(".chip.is-waiting")).to_be_visible()
    page.context.set_offline(False)

    expect_arrived(card)
    assert arrived_whole(installation, card, file)
    assert len(sending.offsets) > 1


def test_a_connection_that_breaks_is_made_again_without_being_asked(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    file = noise(tmp_path / "one.mp4")
    broken: list[str] = []

    def first_one_breaks(route: Route) -> None:
        if route.request.method == "PATCH" and not broken:
            broken.append(route.request.url)
            return route.abort("connectionreset")
        return route.continue_()

    page.route("**/v1/uploads/*", first_one_breaks)
    page.goto("/")
    page.set_input_files("#file", file)

    card = page.get_by_role("article")
    expect_arrived(card)
    assert arrived_whole(installation, card, file)
    assert broken


def test_what_the_server_refuses_for_now_is_told_with_code_and_trace_and_tried_again(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    file = noise(tmp_path / "one.mp4")
    full = {"on": True}

    def no_room(route: Route) -> None:
        if route.request.method == "POST" and full["on"]:
            return route.fulfill(status=507, json=_PROBLEM, content_type="application/problem+json")
        return route.continue_()

    page.route("**/v1/uploads", no_room)
    page.goto("/")
    page.set_input_files("#file", file)
    card = page.get_by_role("article")
    expect(card).to_contain_text("The server has no room for more.")
    expect(card.locator("code")).to_have_text([_PROBLEM["code"], _PROBLEM["trace_id"]])
    full["on"] = False
    card.get_by_role("button", name="Try now").click()

    expect_arrived(card)


def test_an_upload_that_goes_on_elsewhere_is_left_to_that(page: Page, tmp_path: Path) -> None:
    taken_over = {"code": "upload_taken_over", "detail": "Another request goes on with this upload."}

    def elsewhere(route: Route) -> None:
        if route.request.method == "PATCH":
            return route.fulfill(status=400, json=taken_over, content_type="application/problem+json")
        return route.continue_()

    page.route("**/v1/uploads/*", elsewhere)
    page.goto("/")
    page.set_input_files("#file", noise(tmp_path / "one.mp4"))

    card = page.get_by_role("article")
    expect(card.locator(".chip.is-paused")).to_be_visible()
    expect(card).to_contain_text("Another request goes on with this upload. (upload_taken_over)")


def test_who_pauses_by_the_keyboard_goes_on_by_it(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    slow_down(page, _SLOW)
    card = _begun(page, noise(tmp_path / "one.mp4"))
    card.get_by_role("button", name="Pause").press("Enter")
    expect(card.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Space")
    _expect_under_way(card)
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.get_by_role("button", name="Dismiss")).to_be_focused()
    page.keyboard.press("Enter")

    expect(card).to_have_count(0)
    expect(page.locator("#file")).to_be_focused()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    sending = Sending(page)

    def takes_a_megabyte(route: Route) -> None:
        if route.request.method == "OPTIONS":
            return route.fulfill(status=204, headers={"Tus-Max-Size": "1000000"})
        return route.continue_()

    page.route("**/v1/uploads", takes_a_megabyte)
    page.goto("/")
    page.set_input_files("#file", noise(tmp_path / "one.mp4"))

    failure = page.get_by_role("article").locator(".failure")
    expect(failure).to_contain_text("It has 2.0 MB; this server takes files of up to 1.0 MB.")
    expect(failure.locator("code")).to_have_text("upload_too_large")
    assert sending.urls == []


def test_a_file_that_was_moved_meanwhile_is_told_so_and_goes_on_once_it_is_found(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    file = noise(tmp_path / "one.mp4")
    sending = Sending(page)
    page.goto("/")
    faster = slow_down(page, _SLOW)
    card = _begun(page, file)
    card.get_by_role("button", name="Pause").click()
    moved = file.rename(tmp_path / "moved.mp4")
    card.get_by_role("button", name="Go on").click()
    refused = page.get_by_role("article").filter(has=page.locator(".failure"))
    expect(refused).to_contain_text("cannot be read any more")
    expect(refused.locator(".failure code")).to_have_text("file_unreadable")
    refused.get_by_role("button", name="Dismiss").click()
    faster()
    _choose_again(page, card, moved)

    expect_arrived(page.get_by_role("article"))
    assert arrived_whole(installation, page.get_by_role("article"), moved)
    assert sending.offsets[-1] > 0


def test_the_screen_stays_on_as_long_as_something_is_sent(page: Page, tmp_path: Path) -> None:
    page.add_init_script(
        """window.held = 0;
        const lock = { release: () => (window.held -= 1), addEventListener() {} };
        const request = async () => ((window.held += 1), lock);
        Object.defineProperty(navigator, "wakeLock", { value: { request } });"""
    )
    page.goto("/")
    slow_down(page, _SLOW)
    card = _begun(page, noise(tmp_path / "one.mp4"))
    assert page.evaluate("held") == 1
    card.get_by_role("button", name="Pause").click()

    page.wait_for_function("held === 0")


def test_a_file_that_is_on_its_way_is_not_sent_twice(page: Page, tmp_path: Path) -> None:
    file = noise(tmp_path / "one.mp4")
    page.goto("/")
    slow_down(page, _SLOW)
    _begun(page, file)
    page.set_input_files("#file", file)
    expect(page.locator("#file-problem")).to_contain_text("“one.mp4” is on its way already")
    other = page.context.new_page()
    other.goto("/")
    other.set_input_files("#file", file)

    expect(other.locator("#file-problem")).to_contain_text("here or in another tab")
    expect(other.get_by_role("article")).to_have_count(0)


def test_a_duplicated_tab_leaves_the_upload_to_the_one_that_sends_it(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    slow_down(page, _SLOW)
    card = _begun(page, noise(tmp_path / "one.mp4"))
    with page.expect_popup() as opened:
        page.evaluate("open('/')")  # gets a copy of the session's storage, as a duplicated tab does
    other = opened.value
    expect(other.locator("#file")).to_have_attribute("multiple", "")
    other.evaluate("navigator.locks.query()")  # answered after the page's own question

    expect(other.get_by_role("article")).to_have_count(0)
    _expect_under_way(card)


def test_an_upload_that_the_server_cannot_have_any_more_is_not_offered(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    card = _left_halfway(page, noise(tmp_path / "one.mp4"))
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=400))
    page.reload()
    page.wait_for_function(f"{_RECORDS}.length === 0")

    expect(card).to_have_count(0)


def test_an_upload_at_its_end_hears_of_the_network_no_more(page: Page) -> None:
    page.goto("/")
    let_go = page.evaluate(
        """async () => {
          const { Upload } = await import("/assets/static/upload.js");
          const signals = [];
          window.addEventListener = (name, act, { signal } = {}) => signals.push(signal);
          new Upload(new File(["some"], "some.mp4")).cancel();
          return signals.map((signal) => signal?.aborted);
        }"""
    )

    assert let_go == [True, True]


def test_leaving_warns_as_long_as_something_is_sent(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    slow_down(page, _SLOW)
    card = _begun(page, noise(tmp_path / "one.mp4"))
    page.locator("h1").click()  # a page that nobody ever touched may not ask
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    _expect_under_way(card)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_every_state_of_an_upload_is_accessible_and_fits(
    page: Page, tmp_path: Path, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 740})
    page.goto("/")
    card = _left_halfway(page, noise(tmp_path / f"{'a-long-name-' * 8}.mp4"))
    _choose_again(page, card, noise(tmp_path / "other.mp4", 0.1))
    slow_down(page, _SLOW)
    page.set_input_files("#file", [noise(tmp_path / f"{name}.mp4") for name in ("one", "two", "three")])
    paused = page.get_by_role("article", name="one.mp4")
    _expect_under_way(paused)
    paused.get_by_role("button", name="Pause").click()
    page.context.set_offline(True)
    expect(page.locator(".chip.is-waiting").first).to_be_visible()

    assert violations(page) == []
    assert overflow(page) == 0
    heights = "(all) => all.map((one) => one.getBoundingClientRect().height).filter(Boolean)"
    assert min(page.locator("article .button:visible, .drop-place .button").evaluate_all(heights)) >= 44


def _begun(page: Page, file: Path) -> Locator:
    """The card of a file of which some, but not all, has been sent."""
    page.set_input_files("#file", file)
    card = page.get_by_role("article", name=file.name)
    _expect_under_way(card)
    return card


def _expect_under_way(card: Locator) -> None:
    expect(card.locator(".figures")).to_contain_text(re.compile(r"[1-9]\d? % · .+/s"), timeout=30_000)


def _left_halfway(page: Page, file: Path) -> Locator:
    """The page is reloaded in the middle of it; returns the card that is there then."""
    faster = slow_down(page, _SLOW)
    card = _begun(page, file)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    faster()
    expect(card).to_contain_text("stopped at")
    return card


def _choose_again(page: Page, card: Locator, file: Path) -> None:
    card.locator("input[type=file]").set_input_files(file)
