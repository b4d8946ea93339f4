"""axe-core finds nothing serious on the pages, in light and dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.held import Held, held

_SCHEMES = ["light", "dark"]


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
        "document.querySelector('#title').closest('label').replaceWith(document.querySelector('#title'))"
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
