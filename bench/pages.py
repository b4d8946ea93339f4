"""What the pages weigh and how soon they can be used on a slow phone: `python -m bench.pages`.  Starts an
installation of its own and looks at it with Chromium, its processor slowed down four times. Bytes are as
they travel; the player and hls.js, which come when there is something to watch, are told apart."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Response

from bench.report import machine, table
from tests.chromium import launched
from tests.installation import Installation
from tests.media import make_clip

_SLOWER = 4
_QUIET = 2000
"""Milliseconds without a long task after which a page is taken for interactive."""
_HEAD = ("page", "scripts, kB", "player, kB", "interactive, ms", "layout shift")
_PLAYER = ("hls.js/", "media-chrome/")
_WATCH = """
  window.seen = { shift: 0, last: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.last = Math.max(seen.last, entry.startTime + entry.duration);
  }).observe({ type: "longtask", buffered: true });
"""
_INTERACTIVE = """async (quiet) => {
  const loaded = () => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
  while (!loaded() || performance.now() - Math.max(seen.last, loaded()) < quiet)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return { at: Math.max(seen.last, loaded()), shift: seen.shift };
}"""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-") as name, launched() as browser:
        installation = Installation(Path(name) / "data", settings={}).start()
        try:
            ready = installation.upload(make_clip(Path(name) / "clip.mp4", "-pix_fmt", "yuv420p"))
            installation.wait_until(ready, "ready", within=180)
            pages = {"/": "/", "/videos/ID, ready": f"/videos/{ready}", "/embed/ID": f"/embed/{ready}"}
            rows = [_row(browser, installation.url, shown, path) for shown, path in pages.items()]
        finally:
            installation.close()
    print(f"{machine()}, processor slowed down {_SLOWER} times\n\n{table(_HEAD, rows)}")
    return 0


def _row(browser: Browser, url: str, shown: str, path: str) -> tuple[str, ...]:
    with browser.new_context(base_url=url, viewport={"width": 360, "height": 780}) as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
        weights: dict[str, int] = {}
        page.on("response", lambda response: _weigh(response, weights))
        page.goto(path)
        found = page.evaluate(_INTERACTIVE, _QUIET)
        return shown, *_weights(weights), f"{found['at']:.0f}", f"{found['shift']:.3f}"


def _weigh(response: Response, weights: dict[str, int]) -> None:
    if response.request.resource_type == "script":
        weights[response.url] = response.request.sizes()["responseBodySize"]


def _weights(weights: Mapping[str, int]) -> tuple[str, str]:
    player = sum(size for url, size in weights.items() if any(name in url for name in _PLAYER))
    return f"{(sum(weights.values()) - player) / 1000:.1f}", f"{player / 1000:.1f}"


if __name__ == "__main__":
    sys.exit(main())
