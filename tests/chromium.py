"""The system's browser, with a profile of its own that is thrown away."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserType, expect, sync_playwright

_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a camera; whether a page may use it is asked all the same
)
_PATIENCE = 30_000
"""Milliseconds until what is expected is there, on a machine that other tests use too; Playwright's own are
5,000."""


@contextmanager
def launched(*more: str) -> Iterator[Browser]:
    """`more` are switches of Chromium's besides."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium, *more)
        yield browser
        browser.close()


def launch(kind: BrowserType, *more: str, without: Sequence[str] = ()) -> Browser:
    """`without` are switches that Playwright would give it."""
    path = shutil.which("chromium")
    assert path, "chromium is missing: `./reelmill test` installs it"
    return kind.launch(
        executable_path=path,
        args=[*_SWITCHES, *more],
        ignore_default_args=[*without],
        env={**os.environ, "TZ": "UTC"},
    )
