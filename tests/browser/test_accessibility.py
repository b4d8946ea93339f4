"""axe-core finds nothing serious on the pages, in light and dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.held import Held, held
from tests.installation import Installation

Scheme = Literal["light", "dark"]
_SCHEMES: list[Scheme] = ["light", "dark"]


@pytest.fixture(scope="module")
def api() -> Iterator[Held]:
    with held() as running:
        yield running


@pytest.fixture(params=_SCHEMES)
def tab(request: pytest.FixtureRequest, chromium: Browser, api: Held) -> Iterator[Page]:
    with chromium.new_context(base_url=api.url, color_scheme=request.param) as context:
        yield context.new_page()


def test_axe_finds_what_is_wrong(tab: Page) -> None:
    """Else it would find nothing serious anywhere."""
    tab.goto("/")
    tab.evaluate(
        "document.querySelector('#file').closest('label').replaceWith(document.querySelector('#file'))"
    )

    assert any(found.startswith("label (critical)") for found in violations(tab))


def test_the_empty_home_page_has_nothing_serious(tab: Page) -> None:
    tab.goto("/")
    expect(tab.get_by_text("No videos yet")).to_be_visible()

    assert violations(tab) == []


def test_the_page_of_a_video_under_work_has_nothing_serious(tab: Page, api: Held, tmp_path: Path) -> None:
    file = tmp_path / "waiting.mp4"
    file.write_bytes(b"picture")
    tab.goto(f"/videos/{api.upload(file)}")
    expect(tab.locator(".happening").first).to_be_visible()

    assert violations(tab) == []


def test_the_filled_home_page_has_nothing_serious_at_any_step(tab: Page, api: Held) -> None:
    api.take(title="In the list")
    tab.goto("/?q=list")
    expect(tab.get_by_role("button", name="Rename")).to_be_visible()
    assert violations(tab) == []
    tab.get_by_role("button", name="Rename").click()
    assert violations(tab) == []
    tab.keyboard.press("Escape")
    tab.get_by_role("button", name="Delete").click()
    expect(tab.get_by_role("button", name="Undo")).to_be_visible()
    assert violations(tab) == []


def test_a_search_without_a_match_has_nothing_serious(tab: Page) -> None:
    tab.goto("/?q=nothing+like+it")
    expect(tab.get_by_text("No video matches", exact=True)).to_be_visible()

    assert violations(tab) == []


@pytest.mark.parametrize("scheme", _SCHEMES)
def test_the_pages_of_a_ready_and_of_a_failed_video_have_nothing_serious(
    chromium: Browser, installation: Installation, ready_video: str, tmp_path: Path, scheme: Scheme
) -> None:
    file = tmp_path / "notes.mp4"
    file.write_text("not a video\n" * 100)
    failed = installation.upload(file)
    assert installation.settled(failed)["status"] == "failed"
    with chromium.new_context(base_url=installation.url, color_scheme=scheme) as context:
        page = context.new_page()
        for video_id in (ready_video, failed):
            page.goto(f"/videos/{video_id}")
            expect(page.locator(".happening").first).to_be_visible()
            assert violations(page) == []
        page.goto("/")
        expect(page.locator(".tile .chip.is-failed").first).to_be_visible()
        assert violations(page) == []
