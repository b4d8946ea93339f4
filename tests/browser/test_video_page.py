"""The page of one video, opened by its link."""

import re
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import expect_ready, layout_shift, play, watch_the_layout
from tests.browser.watching import Watch
from tests.processes import eventually

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


def test_a_video_deleted_on_its_page_is_brought_back_from_the_list(
    page: Page, reelmill: str, clip: Path
) -> None:
    video_id = _upload(reelmill, clip, title="To be deleted")
    page.goto(f"/videos/{video_id}")
    expect_ready(page)
    page.get_by_role("button", name="Delete").click()

    expect(page.locator(".notice")).to_contain_text("“To be deleted” was deleted.")
    expect(page).to_have_url(f"{reelmill}/")
    expect(page.locator(f'.tile[data-id="{video_id}"]')).to_have_count(0)
    assert httpx.get(f"{reelmill}/v1/videos/{video_id}").status_code == 404
    page.get_by_role("button", name="Undo").click()
    page.locator(f'.tile[data-id="{video_id}"]').get_by_role("link").click()
    assert play(page)["soundBytes"] > 0


def test_a_video_is_renamed_on_its_page(page: Page, reelmill: str, tmp_path: Path) -> None:
    page.goto(f"/videos/{_upload(reelmill, _no_video(tmp_path))}")
    page.get_by_role("button", name="Rename").click()
    page.keyboard.type("A better name")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("A better name")
    expect(page).to_have_title("A better name · Reelmill")
    expect(page.get_by_role("button", name="Rename")).to_be_focused()


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


def test_a_ready_video_is_made_again_and_can_be_watched_meanwhile(
    page: Page, reelmill: str, clip: Path
) -> None:
    video_id = _upload(reelmill, clip, title="Once more")
    page.goto(f"/videos/{video_id}")
    expect_ready(page)
    page.get_by_role("button", name="Make it again").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave it").click()
    expect(page.locator(".chip.is-ready")).to_be_visible()
    page.get_by_role("button", name="Make it again").click()
    page.get_by_role("dialog").get_by_role("button", name="Make it again").click()

    expect(page.locator(".chip.is-ready")).to_be_hidden()
    assert play(page)["soundBytes"] > 0
    expect(page.locator(".happening strong").filter(has_text="Started again from the upload")).to_be_visible()
    expect_ready(page)
    assert httpx.get(f"{reelmill}/v1/videos/{video_id}").json()["playback"]["hls"].split("/")[3] == "2"


def test_trying_a_failed_video_again_is_told_in_its_story(page: Page, reelmill: str, tmp_path: Path) -> None:
    page.goto(f"/videos/{_upload(reelmill, _no_video(tmp_path))}")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator(".happening strong").filter(has_text="was sent again")).to_be_visible()
    expect(page.locator(".chip.is-failed")).to_be_visible()


def test_a_failed_video_is_tried_again_from_the_list(page: Page, reelmill: str, tmp_path: Path) -> None:
    video_id = _upload(reelmill, _no_video(tmp_path), title="Hopeless")
    page.goto("/?q=hopeless")
    page.get_by_role("button", name="Try again: Hopeless").click()

    def was_sent_again() -> bool:
        told = httpx.get(f"{reelmill}/v1/videos/{video_id}/events").json()["items"]
        return any(one["kind"] == "replay" for one in told)

    eventually(was_sent_again)
    expect(page.locator(".tile .chip.is-failed")).to_be_visible()


def test_a_dead_letter_tells_what_it_died_of_and_is_replayed_from_the_story(
    page: Page, reelmill: str, tmp_path: Path
) -> None:
    video_id = _upload(reelmill, _no_video(tmp_path))
    page.goto(f"/videos/{video_id}")
    trace = httpx.get(f"{reelmill}/v1/videos/{video_id}").json()["trace_id"]
    expect(page.locator(".failure")).to_contain_text(f"trace {trace}")
    letter = page.locator('.happening[data-kind="dead"]')
    expect(letter).to_contain_text("Reason: permanent")
    expect(letter).to_contain_text("Code: not_media")
    letter.get_by_text("Where it happened").click()
    expect(letter.get_by_label("Stack")).to_contain_text("Traceback")
    letter.get_by_role("button", name="Replay").click()

    expect(page.locator(".happening strong").filter(has_text="was sent again")).to_be_visible()
    expect(letter.first).to_contain_text("It was replayed.")
    expect(letter).to_have_count(2)


def test_the_story_tells_that_a_dead_letter_was_dropped(page: Page, reelmill: str, tmp_path: Path) -> None:
    video_id = _upload(reelmill, _no_video(tmp_path))
    page.goto(f"/videos/{video_id}")
    letter = page.locator('.happening[data-kind="dead"]')
    expect(letter.get_by_role("button", name="Replay")).to_be_visible()
    httpx.post(f"{reelmill}/v1/dead-letters/drop", json={"video": video_id}).raise_for_status()

    expect(page.locator(".happening strong").filter(has_text="its dead letter was dropped")).to_be_visible()
    expect(letter).to_contain_text("It was dropped.")
    expect(letter.get_by_role("button", name="Replay")).to_have_count(0)


def test_nothing_moves_while_the_page_of_a_ready_or_of_a_failed_video_comes_to_life(
    page: Page, reelmill: str, ready_video: str, tmp_path: Path
) -> None:
    failed = _upload(reelmill, _no_video(tmp_path))
    eventually(lambda: httpx.get(f"{reelmill}/v1/videos/{failed}").json()["status"] == "failed")
    watch_the_layout(page)
    for video_id in (ready_video, failed):
        page.goto(f"/videos/{video_id}")
        expect(page.locator(".happening").first).to_be_visible()
        assert layout_shift(page) < 0.02


def test_without_scripts_a_failure_is_told_with_its_code_and_trace(
    chromium: Browser, reelmill: str, tmp_path: Path
) -> None:
    video_id = _upload(reelmill, _no_video(tmp_path))
    eventually(lambda: httpx.get(f"{reelmill}/v1/videos/{video_id}").json()["status"] == "failed")
    with chromium.new_context(base_url=reelmill, java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(f"/videos/{video_id}")
        expect(plain.locator(".failure")).to_contain_text("not a video")
        expect(plain.locator(".failure")).to_contain_text(re.compile("Code not_media trace [0-9a-f]{32}"))
        expect(plain.locator('[data-step="transcode"]')).to_contain_text("Failed")


def test_what_a_title_says_is_never_taken_as_markup(page: Page, reelmill: str, clip: Path) -> None:
    title = "<img src=x onerror=alert(1)> $title & co"
    page.goto(f"/videos/{_upload(reelmill, clip, title=title)}")

    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page).to_have_title(f"{title} · Reelmill")


def _no_video(folder: Path) -> Path:
    file = folder / "notes.mp4"
    file.write_text("not a video\n" * 100)
    return file


def _upload(url: str, file: Path, **fields: str) -> str:
    sent = {"filename": file.name, **fields}
    with file.open("rb") as body:
        answer = httpx.post(f"{url}/v1/videos", params=sent, content=body, timeout=30)
    return str(answer.raise_for_status().json()["id"])
