"""Filming with the camera: Chromium's pretended one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.steps import expect_ready, overflow, play


@pytest.fixture
def filming(chromium: Browser, reelmill: str) -> Iterator[Page]:
    """A tab of a phone's size that may use the camera."""
    with chromium.new_context(
        base_url=reelmill, viewport={"width": 360, "height": 740}, permissions=["camera", "microphone"]
    ) as context:
        context.set_default_timeout(60_000)
        yield context.new_page()


def test_what_was_filmed_is_looked_at_uploaded_and_plays(filming: Page) -> None:
    filming.goto("/")
    filming.get_by_role("button", name="Record with the camera").click()
    dialog = filming.get_by_role("dialog")
    dialog.get_by_role("button", name="Start recording").click()
    expect(dialog).to_contain_text("Recording, 0:02")
    assert violations(filming) == []
    dialog.get_by_role("button", name="Stop").click()
    expect(dialog.locator("video")).to_have_js_property("readyState", 4)
    assert overflow(filming) == 0
    dialog.get_by_role("button", name="Use it").click()

    card = filming.get_by_role("article")
    expect_ready(card)
    played = play(card)
    assert played["colours"] > 1
    assert played["soundBytes"] > 0


def test_what_is_discarded_is_not_sent_and_the_camera_is_off(filming: Page) -> None:
    dialog = _recording(filming)
    tracks = dialog.locator("video").evaluate_handle("(video) => video.srcObject.getTracks()")
    dialog.get_by_role("button", name="Stop").click()
    dialog.get_by_role("button", name="Discard").click()

    expect(dialog).to_have_count(0)
    expect(filming.get_by_role("button", name="Record with the camera")).to_be_focused()
    expect(filming.get_by_role("article")).to_have_count(0)
    assert tracks.evaluate("(tracks) => tracks.map((track) => track.readyState)") == ["ended", "ended"]


def test_escape_throws_nothing_away_that_was_filmed(filming: Page) -> None:
    dialog = _recording(filming)
    for _ in range(3):  # the browser itself gives way at the second one
        filming.keyboard.press("Escape")
    dialog.get_by_role("button", name="Stop").click()
    expect(dialog).to_contain_text("Look at it")
    for _ in range(3):
        filming.keyboard.press("Escape")
    expect(dialog.get_by_role("button", name="Use it")).to_be_visible()
    dialog.get_by_role("button", name="Discard").click()

    expect(dialog).to_have_count(0)


def test_a_recording_that_is_refused_can_be_saved(filming: Page) -> None:
    refusal = {"code": "not_wanted", "detail": "This server takes no recordings."}
    dialog = _recording(filming)
    filming.route("**/v1/uploads", lambda route: route.fulfill(status=400, json=refusal))
    dialog.get_by_role("button", name="Stop").click()
    dialog.get_by_role("button", name="Use it").click()
    card = filming.get_by_role("article")
    expect(card.locator(".failure")).to_contain_text("The recording is nowhere else")
    with filming.expect_download() as saved:
        card.get_by_role("link", name="Save the recording").click()

    assert saved.value.suggested_filename.startswith("Recording 20")
    assert saved.value.path().stat().st_size > 10_000


def test_a_refused_camera_says_what_to_do(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Record with the camera").click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Allow camera and microphone for this site")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_without_a_camera_there_is_no_button(page: Page) -> None:
    page.add_init_script(
        "navigator.mediaDevices.enumerateDevices = async () => ((globalThis.asked = true), [])"
    )
    page.goto("/")

    page.wait_for_function("globalThis.asked")
    expect(page.get_by_role("button", name="Record with the camera")).to_have_count(0)


def _recording(page: Page) -> Locator:
    """The dialog, a second after somebody began to film."""
    page.goto("/")
    page.get_by_role("button", name="Record with the camera").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Start recording").click()
    expect(dialog).to_contain_text("Recording, 0:01")
    return dialog
