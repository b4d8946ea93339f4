"""Every page and state as people see it, in light on a wide screen and in dark on a phone, into
docs/images/pages, and the README's picture: `python -m tests.browser.screenshots [light|dark]`. Starts an
installation of its own; takes some minutes."""

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from cli.local.stack import ROOT
from tests.browser.scenery import make_scene
from tests.browser.sending import noise
from tests.browser.steps import expect_arrived, expect_ready, slow_down, upload
from tests.chromium import launched
from tests.installation import Installation
from tests.media import H264, make_clip

_PICTURES = ROOT / "docs" / "images" / "pages"
_LOOKS: Mapping[str, tuple[int, int]] = {"light": (1280, 860), "dark": (360, 780)}
_SLOW = 150_000
"""Bytes a second: long enough to be seen."""
_SHOWN = "Promise.all([...document.images].map((image) => image.decode().catch(() => {})))"
_DRAGGED = """() => {
  const carried = new DataTransfer();
  carried.items.add(new File(["some bytes"], "dropped.mp4", { type: "video/mp4" }));
  document.querySelector("#drop").dispatchEvent(
    new DragEvent("dragenter", { bubbles: true, cancelable: true, dataTransfer: carried }));
  document.querySelector("#drop").dispatchEvent(
    new DragEvent("dragover", { bubbles: true, cancelable: true, dataTransfer: carried }));
}"""


class Visit:
    """One look at an installation, with the files that a person has."""

    def __init__(self, page: Page, look: str, clips: Mapping[str, Path], ids: Mapping[str, str]) -> None:
        self.page = page
        self.clips = clips
        self.ids = ids
        self._look = look

    def shoot(self, name: str, *, whole: bool = True) -> None:
        path = _PICTURES / f"{name}-{self._look}.jpg"
        self.page.evaluate(_SHOWN)
        self.page.screenshot(path=path, full_page=whole, type="jpeg", quality=80)


def main(looks: Sequence[str]) -> None:
    _PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reelmill-pages-") as name, launched() as browser:
        folder = Path(name)
        installation = Installation(folder / "data", settings={}).start()
        try:
            _all(installation, browser, folder, looks or list(_LOOKS))
        finally:
            installation.close()


def _all(installation: Installation, browser: Browser, folder: Path, looks: Sequence[str]) -> None:
    clips = _clips(folder)
    for look in looks:
        with _visit(installation, browser, look, clips, {}) as visit:
            _empty(visit)
    if "light" in looks:
        with _visit(installation, browser, "light", clips, {}) as visit:
            _first(visit)
    ids = _videos(installation, clips)
    for look in looks:
        for scene in (_sending, _stopped, _refused, _becoming, _library, _video, _failed, _embed, _missing):
            with _visit(installation, browser, look, clips, ids) as visit:
                scene(visit)
        with _visit(installation, browser, look, clips, ids, scripts=False) as visit:
            _without_scripts(visit)


@contextmanager
def _visit(
    installation: Installation,
    browser: Browser,
    look: str,
    clips: Mapping[str, Path],
    ids: Mapping[str, str],
    *,
    scripts: bool = True,
) -> Iterator[Visit]:
    width, height = _LOOKS[look]
    with browser.new_context(
        base_url=installation.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if look == "dark" else "light",
        java_script_enabled=scripts,
        reduced_motion="reduce",
    ) as context:
        context.set_default_timeout(60_000)
        yield Visit(context.new_page(), look, clips, ids)


def _clips(folder: Path) -> dict[str, Path]:
    short = make_scene(folder / "first-light.mp4", 20)
    long = make_clip(folder / "the-long-road.mp4", *H264, "-c:a", "aac", seconds=90, size="1280x720")
    text = folder / "holiday.mp4"
    text.write_text("It rained, and nobody filmed.\n" * 200)
    empty = folder / "empty.mp4"
    empty.touch()
    large = noise(folder / "at-the-sea.mp4", 4)
    return {"short": short, "long": long, "text": text, "empty": empty, "large": large}


def _videos(installation: Installation, clips: Mapping[str, Path]) -> dict[str, str]:
    ready, failed = installation.upload(clips["short"]), installation.upload(clips["text"])
    installation.wait_until(ready, "ready", within=180)
    installation.wait_until(failed, "failed", within=180)
    return {"ready": ready, "failed": failed}


def _empty(visit: Visit) -> None:
    visit.page.goto("/")
    expect(visit.page.get_by_text("No videos yet")).to_be_visible()
    visit.shoot("home-empty")
    visit.page.evaluate(_DRAGGED)
    visit.shoot("home-dragging")


def _first(visit: Visit) -> None:
    """Of the README."""
    page = visit.page
    page.goto("/")
    card = upload(page, visit.clips["short"], "First light")
    expect_ready(card)
    for step in ("storyboard", "preview"):
        expect(card.locator(f"[data-step='{step}'][data-state='done']")).to_be_visible(timeout=60_000)
    page.screenshot(path=_PICTURES.parent / "page.png", full_page=True)


def _sending(visit: Visit) -> None:
    page = visit.page
    page.goto("/")
    faster = slow_down(page, _SLOW)
    expect(page.locator("#file")).to_have_attribute("multiple", "")  # once the page's scripts are there
    page.set_input_files("#file", [visit.clips["large"], visit.clips["short"], visit.clips["long"]])
    card = page.get_by_role("article", name=visit.clips["large"].name)
    expect(card.locator(".chip.is-uploading")).to_be_visible()
    expect(card).to_contain_text(re.compile(r"\d+ %"))
    visit.shoot("upload-several")
    card.get_by_role("button", name="Pause").click()
    expect(card.locator(".chip.is-paused")).to_be_visible()
    page.context.set_offline(True)
    visit.shoot("upload-paused-and-offline")
    page.context.set_offline(False)
    faster()


def _stopped(visit: Visit) -> None:
    page = visit.page
    page.goto("/")
    slow_down(page, _SLOW)
    page.set_input_files("#file", visit.clips["large"])
    card = page.get_by_role("article", name=visit.clips["large"].name)
    expect(card).to_contain_text(re.compile(r"[1-9]\d* %"))
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_text(re.compile("stopped at"))).to_be_visible()
    visit.shoot("upload-to-be-taken-up-again")
    page.get_by_role("button", name="Forget").first.click()


def _refused(visit: Visit) -> None:
    visit.page.goto("/")
    visit.page.set_input_files("#file", visit.clips["empty"])
    expect(visit.page.get_by_text("is empty")).to_be_visible()
    visit.shoot("upload-refused")


def _becoming(visit: Visit) -> None:
    visit.page.goto("/")
    card = upload(visit.page, visit.clips["long"], "The long road")
    expect_arrived(card)
    expect(card.locator("[data-step='transcode'][data-state='running']")).to_be_visible()
    visit.shoot("card-processing")
    card.get_by_role("button", name="Cancel").first.click()


def _library(visit: Visit) -> None:
    visit.page.goto("/")
    expect(visit.page.locator("#library").get_by_text("first-light.mp4").first).to_be_visible()
    visit.shoot("home")
    visit.page.goto("/?q=nothing+of+the+kind")
    visit.shoot("library-nothing-found")


def _video(visit: Visit) -> None:
    visit.page.goto(f"/videos/{visit.ids['ready']}")
    expect_ready(visit.page)
    visit.shoot("video-ready")
    visit.page.locator("video").scroll_into_view_if_needed()
    visit.page.locator("media-settings-menu-button, media-rendition-menu-button").first.click()
    visit.shoot("player-menu", whole=False)


def _failed(visit: Visit) -> None:
    visit.page.goto(f"/videos/{visit.ids['failed']}")
    expect(visit.page.locator(".failure")).to_be_visible()
    visit.shoot("video-failed")


def _embed(visit: Visit) -> None:
    visit.page.goto(f"/embed/{visit.ids['ready']}")
    expect(visit.page.locator("video")).to_be_visible()
    visit.shoot("embed", whole=False)


def _missing(visit: Visit) -> None:
    visit.page.goto("/videos/00000000-0000-4000-8000-000000000000")
    visit.shoot("missing", whole=False)


def _without_scripts(visit: Visit) -> None:
    visit.page.goto("/")
    visit.shoot("home-without-scripts")
    visit.page.goto(f"/videos/{visit.ids['failed']}")
    visit.shoot("video-without-scripts")


if __name__ == "__main__":
    main(sys.argv[1:])
