"""How long something still takes, as the pages reckon it from what they saw."""

from typing import Any

from playwright.sync_api import Page

_SEEN = """async ({ seen, window, atLeast, rest }) => {
  const { pace } = await import("/assets/static/pace.js");
  const real = performance.now;
  const watched = pace(window, atLeast);
  for (const [at, amount] of seen) {
    performance.now = () => at * 1000;
    watched.saw(amount);
  }
  performance.now = real;
  const left = watched.secondsFor(rest);
  return Number.isFinite(left) ? left : null;
}"""


def _left(page: Page, *seen: tuple[float, float], rest: float, window: int = 5000) -> Any:
    page.goto("/healthz")  # any document of that origin will do
    given = {"seen": [list(one) for one in seen], "window": window, "atLeast": 2000, "rest": rest}
    return page.evaluate(_SEEN, given)


def test_what_is_left_follows_from_the_speed_seen_lately(page: Page) -> None:
    assert _left(page, (0, 0), (10, 0), (12, 20), (14, 40), rest=100) == 10


def test_nothing_is_said_before_enough_was_seen(page: Page) -> None:
    assert _left(page, (0, 0), (1, 50), rest=50) is None


def test_nothing_is_said_of_what_stands_still_or_goes_back(page: Page) -> None:
    assert _left(page, (0, 50), (3, 50), rest=50) is None
    assert _left(page, (0, 50), (3, 20), rest=80) is None
