"""The system's browser, with a profile of its own that is thrown away."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

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
    path = shutil.which("chromium")
    assert path, "chromium is missing: `./reelmill test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*_SWITCHES, *more], env={**os.environ, "TZ": "UTC"}
        )
        yield browser
        browser.close()
