"""The page of one video, opened by its link."""

from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.browser.steps import choose, expect_ready, play, send
from tests.browser.watching import Watch


def test_a_link_to_a_video_opens_it_with_its_details_and_its_story(
    page: Page, watch: Watch, ready_video: str
) -> None:
    page.goto(f"/videos/{ready_video}")

    assert play(page)["soundBytes"] > 0
    expect(page.locator(".facts")).to_contain_text("640 \N{MULTIPLICATION SIGN} 360")
    expect(page.locator(".facts")).to_contain_text("H.264")
    expect(page.get_by_role("group", name="Renditions").get_by_role("row")).not_to_have_count(0)
    story = page.locator(".happening strong")
    expect(story).to_have_text(
        ["Uploaded", "Transcoded", "Thumbnail generated", "Metadata extracted", "Notified"]
    )
    assert watch.complaints == []
    assert watch.foreign == []


def test_an_unknown_video_gets_a_page_that_says_so(page: Page) -> None:
    answer = page.goto("/videos/no-such-video")

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such video")
    expect(page.get_by_role("link", name="See all videos")).to_be_visible()


def test_deleting_asks_first_and_then_the_video_is_gone(page: Page, reelmill: str, clip: Path) -> None:
    page.goto("/")
    choose(page, clip, title="To be deleted")
    card = send(page)
    expect_ready(card)
    card.get_by_role("link", name="Open its page").click()
    video_id = page.url.rpartition("/")[2]

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert httpx.get(f"{reelmill}/v1/videos/{video_id}").status_code == 200
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_role("heading", name="Upload a video")).to_be_visible()
    expect(page.locator(f'.tile[data-id="{video_id}"]')).to_have_count(0)
    assert httpx.get(f"{reelmill}/v1/videos/{video_id}").status_code == 404


def test_a_video_in_the_works_can_be_cancelled_from_its_page(page: Page, tmp_path: Path, clip: Path) -> None:
    page.goto("/")
    choose(page, clip, title="Not wanted after all")
    card = send(page)
    card.get_by_role("button", name="Cancel").click()

    expect(card.locator(".chip.is-cancelled, .chip.is-ready").first).to_be_visible()


def test_what_a_title_says_is_never_taken_as_markup(page: Page, reelmill: str, clip: Path) -> None:
    title = "<img src=x onerror=alert(1)> $title & co"
    with clip.open("rb") as body:
        sent = {"filename": "a.mp4", "title": title}
        answer = httpx.post(f"{reelmill}/v1/videos", params=sent, content=body, timeout=30)
    page.goto(f"/videos/{answer.json()['id']}")

    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page).to_have_title(f"{title} · Reelmill")
