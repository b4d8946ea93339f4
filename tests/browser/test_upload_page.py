"""The page `/`, as a person uses it."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import choose_by_key, expect_arrived, expect_ready, overflow, play, slow_down, upload
from tests.browser.watching import Watch
from tests.installation import Installation
from tests.processes import eventually

_SCRIPT_SIZES = """() => Object.fromEntries(performance.getEntriesByType("resource")
  .filter(({ name }) => /\\.m?js$/.test(new URL(name).pathname))
  .map(({ name, encodedBodySize }) => [name, encodedBodySize]))"""
STEPS = ("transcode", "thumbnail", "metadata", "notify")


def test_a_chosen_file_is_uploaded_and_plays_with_picture_and_sound(
    page: Page, watch: Watch, clip: Path
) -> None:
    page.goto("/")
    card = upload(page, clip, title="First light")
    expect_ready(card)

    for name in STEPS:
        expect(card.locator(f'[data-step="{name}"]')).to_have_attribute("data-state", "done")
    played = play(card)
    assert (played["width"], played["height"]) == (640, 360)
    assert played["time"] > 1
    assert played["colours"] > 20
    assert played["soundBytes"] > 0
    expect(card.locator(".summary")).to_contain_text("640 \N{MULTIPLICATION SIGN} 360")
    assert card.locator("video").get_attribute("poster")
    assert watch.complaints == []
    assert watch.foreign == []


def test_an_uploaded_video_joins_the_list_with_its_poster_and_length(page: Page, clip: Path) -> None:
    page.goto("/")
    expect_ready(upload(page, clip, title="For the list"))

    tile = page.locator(".tile").filter(has_text="For the list").first
    expect_ready(tile)
    expect(tile.locator(".badge")).to_have_text("0:04")
    assert tile.locator("img").evaluate("async (image) => (await image.decode(), image.naturalWidth)") > 0


def test_a_video_can_be_uploaded_with_the_keyboard_alone(page: Page, clip: Path) -> None:
    page.goto("/")
    _tab_to(page, "document.activeElement.id === 'file'")
    choose_by_key(page, "Space", clip)
    expect(
        page.get_by_role("article")
    ).to_be_visible()  # who goes on before it is there meets the whole library
    _tab_to(page, "document.activeElement.labels?.[0]?.textContent.startsWith('Title')")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")

    card = page.get_by_role("article", name="By keyboard")
    expect_ready(card)
    _tab_to(page, "document.activeElement.localName === 'media-play-button'")
    page.keyboard.press("Space")
    expect(card.locator("video")).to_have_js_property("paused", False)


def test_a_text_file_called_mp4_fails_with_words_a_code_and_a_way_on(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    file = tmp_path / "holiday.mp4"
    file.write_text("It rained, and nobody filmed.\n" * 200)
    page.goto("/")
    card = upload(page, file)

    failure = card.locator(".failure")
    expect(failure).to_contain_text("not a video", timeout=60_000)
    expect(failure.locator("code").first).to_have_text("not_media")
    expect(failure.get_by_role("button", name="Try again")).to_be_enabled()
    expect(card.locator(".chip.is-failed")).to_be_visible()
    assert watch.complaints == []


def test_an_empty_file_is_refused_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    page.goto("/")
    page.set_input_files("#file", tmp_path / "empty.mp4")

    expect(page.locator("#file-problem")).to_contain_text("“empty.mp4” is empty")
    expect(page.get_by_role("article")).to_have_count(0)


def test_a_file_that_was_chosen_before_the_script_was_there_is_taken(page: Page, tmp_path: Path) -> None:
    (tmp_path / "early.mp4").write_bytes(b"early")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/home.js", hold)
    with page.expect_request("**/home.js"):
        page.goto("/", wait_until="commit")
    page.set_input_files("#file", tmp_path / "early.mp4")
    held[0].continue_()

    expect_arrived(page.get_by_role("article", name="early.mp4"))


def test_a_page_that_lost_its_script_still_sends_a_file(page: Page, clip: Path) -> None:
    page.route("**/upload-queue.js", lambda route: route.abort())
    page.goto("/")
    send = page.get_by_role("button", name="Upload", exact=True)
    expect(send).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    page.set_input_files("#file", clip)
    with page.expect_response("**/v1/videos") as answer:
        send.click()

    assert answer.value.status == 303


def test_dropped_files_are_taken_wherever_they_fall(page: Page) -> None:
    page.goto("/")
    page.evaluate(
        """() => {
          const carried = new DataTransfer();
          for (const name of ["dropped.mp4", "with it.mp4"])
            carried.items.add(new File([name], name, { type: "video/mp4" }));
          document.querySelector("h1").dispatchEvent(
            new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: carried }));
        }"""
    )

    expect_arrived(page.get_by_role("article", name="dropped.mp4"))
    expect_arrived(page.get_by_role("article", name="with it.mp4"))


def test_a_pasted_file_is_taken(page: Page) -> None:
    page.goto("/")
    page.evaluate(
        """() => {
          const carried = new DataTransfer();
          carried.items.add(new File(["pasted"], "pasted.mp4", { type: "video/mp4" }));
          document.body.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData: carried }));
        }"""
    )

    expect_arrived(page.get_by_role("article", name="pasted.mp4"))


def test_a_title_can_be_given_while_the_file_is_sent(page: Page, reelmill: str, clip: Path) -> None:
    page.goto("/")
    faster = slow_down(page, clip.stat().st_size // 10)
    page.set_input_files("#file", clip)
    page.get_by_role("article").get_by_label("Title").fill("Named on the way")  # and stays in the field
    eventually(lambda: "Named on the way" in _titles(reelmill), within=20)
    faster()

    expect_ready(page.get_by_role("article", name="Named on the way"))
    assert "Named on the way" in _titles(reelmill)


def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(page: Page, reelmill: str, clip: Path) -> None:
    page.goto("/")
    slow_down(page, clip.stat().st_size // 10)
    card = upload(page, clip, title="Stopped halfway")
    expect(card.locator(".figures")).to_contain_text(re.compile(r"\d+ % · .+ of .+/s · .+ left"))
    eventually(lambda: "Stopped halfway" in _titles(reelmill), within=20)
    card.get_by_role("button", name="Cancel").click()

    expect(card).to_contain_text("Nothing was kept")
    expect(card.locator(".chip.is-cancelled")).to_be_visible()
    eventually(lambda: "Stopped halfway" not in _titles(reelmill))


def test_who_cancels_a_video_by_the_keyboard_is_not_lost(
    page: Page, installation: Installation, clip: Path
) -> None:
    page.goto("/")
    with _halted(installation.pid("transcode")):
        card = upload(page, clip)
        expect(card.locator(".steps")).to_be_visible()
        card.get_by_role("button", name="Cancel").press("Enter")

        expect(card.locator(".chip.is-cancelled")).to_be_visible()
        expect(card.locator(".status[tabindex]")).to_be_focused()


def test_a_lost_network_is_said_and_following_goes_on_when_it_is_back(
    page: Page, installation: Installation, clip: Path
) -> None:
    page.goto("/")
    # Nobody follows a video any longer that is ready before the network is lost.
    with _halted(installation.pid("transcode")):
        card = upload(page, clip)
        expect(card.locator(".steps")).to_be_visible()
        page.context.set_offline(True)
        expect(card.locator(".connection")).to_contain_text("connection is lost", timeout=15_000)
    page.context.set_offline(False)

    expect(card.locator(".connection")).to_be_hidden(timeout=15_000)
    expect_ready(card)


def test_the_page_takes_less_than_100_kb_of_script_uploads_included(page: Page, tmp_path: Path) -> None:
    (tmp_path / "some.mp4").write_bytes(b"some bytes")
    page.goto("/")
    page.set_input_files("#file", tmp_path / "some.mp4")
    expect_arrived(page.get_by_role("article"))

    sizes: dict[str, int] = page.evaluate(_SCRIPT_SIZES)
    players = ("/hls.js/", "/media-chrome/")
    own = {url: size for url, size in sizes.items() if not any(player in url for player in players)}
    assert any("/tus-js-client/" in url for url in own)
    assert sum(own.values()) < 100_000, own


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_small_phone(page: Page, ready_video: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/")
    expect(page.locator(".tile").first).to_be_visible()
    assert overflow(page) == 0
    page.goto(f"/videos/{ready_video}")
    expect(page.locator(".happening").first).to_be_visible()
    assert overflow(page) == 0


def test_a_small_file_can_be_uploaded_without_scripts(page: Page, reelmill: str, clip: Path) -> None:
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(base_url=reelmill, java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto("/")
        plain.set_input_files("#file", clip)
        with plain.expect_response("**/v1/videos") as answer:
            plain.get_by_role("button", name="Upload", exact=True).click()
    assert answer.value.status == 303


def _tab_to(page: Page, there: str) -> None:
    """Fails where the keyboard alone never gets there."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(there):
            return
    pytest.fail(f"40 times Tab, and never: {there}")


@contextmanager
def _halted(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _titles(url: str) -> list[str | None]:
    return [video["title"] for video in httpx.get(f"{url}/v1/videos").json()["items"]]
