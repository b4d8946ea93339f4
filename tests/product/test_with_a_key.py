"""An installation with a key as its owner uses it: in a browser that asks for it, and on the command line."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, HttpCredentials, Page

from cli.local.stack import ROOT
from tests.browser import steps
from tests.installation import Installation
from tests.product.conftest import KEY


@pytest.fixture
def signed_in(chromium: Browser, installation: Installation) -> Iterator[Page]:
    """A tab of somebody who types the key when the browser asks for a password."""
    known: HttpCredentials = {"username": "anybody", "password": KEY}
    with chromium.new_context(base_url=installation.url, http_credentials=known) as context:
        context.set_default_timeout(60_000)
        yield context.new_page()


def test_whoever_does_not_know_the_key_gets_no_page(chromium: Browser, installation: Installation) -> None:
    with chromium.new_context(base_url=installation.url) as context:
        page = context.new_page()
        with pytest.raises(Error, match="ERR_INVALID_AUTH_CREDENTIALS"):  # nobody answers its question
            page.goto("/")


def test_whoever_types_it_once_uploads_in_our_page_and_sees_it_become_ready(
    signed_in: Page, clip: Path
) -> None:
    signed_in.goto("/")
    steps.expect_ready(steps.upload(signed_in, clip, title="With a key"))


def test_the_command_line_sends_the_key_of_its_environment(installation: Installation, clip: Path) -> None:
    environment = {**os.environ, "REELMILL_URL": installation.url, "REELMILL_API__KEY": KEY}
    command = [str(ROOT / "reelmill"), "upload", str(clip), "--wait", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "ready"


def test_the_command_line_says_plainly_that_the_key_is_missing(installation: Installation) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REELMILL_")}
    environment["REELMILL_URL"] = installation.url
    done = subprocess.run(
        [ROOT / "reelmill", "dead", "list"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "key_required" in done.stderr
