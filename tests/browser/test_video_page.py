"""The page of one video, opened by its link."""

import re
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.browser.steps import choose, expect_ready, play, send
from tests.browser.watching import Watch

_MILESTONES = ["Uploaded", "Transcoded", "Thumbnail generated", "Metadata extracted", "Notified"]


def test_a_link_to_a_video_opens_it_with_its_details_and_its_story(
    page: Page, watch: Watch, ready_video: str
) -> None:
    page.goto(f"/videos/{ready_video}")

    assert play(page)["soundBytes"] > 0
    expect(page.locator(".facts")).to_contain_text("640 \N{MULTIPLICATION SIGN} 360")
    expect(page.locator(".facts")).to_contain_text("H.264")
    expect(page.get_by_role("group", name="Renditions").get_by_role("row")).not_to_have_count(0)
    story = page.locator(".happening strong")
    also_made = re.compile("Storyboard made|Preview made")  # whenever they are
    expect(story.filter(has_text=also_made)).to_have_count(2)
    expect(story.filter(has_text="Notified")).to_be_visible()
    assert [words for words in story.all_inner_texts() if words in _MILESTONES] == _MILESTONES
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


def test_a_video_in_the_works_is_cancelled_from_its_page_and_stays_so(
    page: Page, reelmill: str, long_clip: Path
) -> None:
    video_id = _upload(reelmill, long_clip, title="Not wanted after all")
    page.goto(f"/videos/{video_id}")
    expect(page.locator('[data-step="transcode"]')).to_have_attribute("data-state", "running")
    page.get_by_role("button", name="Cancel").click()

    expect(page.locator(".chip.is-cancelled")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    page.reload()
    expect(page.locator(".chip.is-cancelled")).to_be_visible()


def test_trying_a_failed_video_again_is_told_in_its_story(page: Page, reelmill: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.mp4"
    file.write_text("not a video\n" * 100)
    page.goto(f"/videos/{_upload(reelmill, file)}")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator(".happening strong").filter(has_text="was sent again")).to_be_visible()
    expect(page.locator(".chip.is-failed")).to_be_visible()


def test_what_a_title_says_is_never_taken_as_markup(page: Page, reelmill: str, clip: Path) -> None:
    title = "<img src=x onerror=alert(1)> $title & co"
    page.goto(f"/videos/{_upload(reelmill, clip, title=title)}")

    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page).to_have_title(f"{title} · Reelmill")


def _upload(url: str, file: Path, **fields: str) -> str:
    sent = {"filename": file.name, **fields}
    with file.open("rb") as body:
        answer = httpx.post(f"{url}/v1/videos", params=sent, content=body, timeout=30)
    return str(answer.raise_for_status().json()["id"])
