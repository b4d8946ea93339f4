"""The player's controls, as a person uses them."""

from typing import Any

from playwright.sync_api import Locator, Page, expect


def begin(page: Page) -> Locator:
    """Presses the large play button; returns the media element once it plays."""
    page.locator(".begin").click()
    video = page.locator("video")
    expect(video).to_have_js_property("paused", False)
    return video


def open_menu(page: Page, name: str) -> Locator:
    """One of the menus behind the button with the three dots; returns its choices."""
    menus = page.locator("media-settings-menu")
    expect(menus).to_be_hidden()  # the last one closes slowly
    page.locator("media-settings-menu-button").click()
    expect(menus).to_be_visible()
    page.locator("media-settings-menu-item", has_text=name).first.click()
    choices = page.get_by_role("menuitemradio")
    expect(choices.first).to_be_visible()
    return choices


def pick(page: Page, menu: str, choice: str) -> None:
    open_menu(page, menu).filter(has_text=choice).click()


def until(video: Locator, holds: str) -> Any:
    """Waits until the expression of `video` is true."""
    return video.evaluate(
        f"""async (video) => {{
          const late = performance.now() + 30000;
          while (!({holds})) {{
            if (performance.now() > late) throw new Error("never: {holds}");
            await new Promise((resolve) => setTimeout(resolve, 20));
          }}
        }}"""
    )
