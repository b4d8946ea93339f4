"""What a person does on the pages, and what they see."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

READY_WITHIN = 90_000
"""Milliseconds for a clip of four seconds on a machine that other tests use too."""

_PLAYED = """async (video) => {
  video.muted = false;
  await video.play();
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`stuck at ${video.currentTime}`)), 20000);
    video.ontimeupdate = () => video.currentTime > 1 && (clearTimeout(late), resolve());
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [64, 36];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return {
    time: video.currentTime,
    width: video.videoWidth,
    height: video.videoHeight,
    colours: new Set(pixels).size,
    soundBytes: video.webkitAudioDecodedByteCount,
  };
}"""


def upload(page: Page, file: Path, title: str = "") -> Locator:
    """Chooses a file, which sends it at once, and writes its title; returns the card of that upload."""
    page.set_input_files("#file", file)
    card = page.get_by_role("article").first
    card.get_by_label("Title").fill(title)
    card.get_by_label("Title").blur()
    return page.get_by_role("article", name=title or file.name, exact=True)


def expect_arrived(card: Locator) -> None:
    """The last byte is there; what comes of it is another question."""
    expect(card.get_by_role("link", name="Open its page")).to_be_visible(timeout=60_000)


def choose_by_key(page: Page, key: str, file: Path) -> None:
    """Opens the chooser by a key on what has the focus. Chromium is asked to hand the chooser over, and none
    waits for its answer: on a busy machine the key may come first, and a real chooser opens that nobody sees.
    Questions to the page are answered in order, so one more answer shows that the key is in time."""
    with page.expect_file_chooser() as opened:
        page.evaluate("0")
        page.keyboard.press(key)
    opened.value.set_files(file)


def expect_ready(place: Page | Locator) -> None:
    expect(place.locator(".chip.is-ready").first).to_be_visible(timeout=READY_WITHIN)


def play(place: Page | Locator) -> dict[str, float]:
    """Plays for a second; what the browser then says of time, picture and sound."""
    played: dict[str, float] = place.locator("video").evaluate(_PLAYED)
    return played


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return max(0, width)


def watch_the_layout(page: Page) -> None:
    """From the next page on."""
    page.add_init_script(
        """globalThis.moved = [];
        new PerformanceObserver((list) => moved.push(...list.getEntries().map((one) => one.value)))
          .observe({ type: "layout-shift", buffered: true });"""
    )


def layout_shift(page: Page) -> float:
    """How much of what was shown has moved since; 0.1 is what people begin to mind."""
    shift: float = page.evaluate("moved.reduce((sum, one) => sum + one, 0)")
    return shift


def slow_down(page: Page, bytes_per_second: int) -> Callable[[], None]:
    """Uploads of this tab go no faster, until what is returned is called."""
    session = page.context.new_cdp_session(page)

    def limit(rate: int) -> None:
        limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
        session.send("Network.emulateNetworkConditions", limits)

    limit(bytes_per_second)
    return lambda: limit(-1)
