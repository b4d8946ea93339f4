"""What comes out of an installation, played to its end as a player would, only faster."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page

from cli.conformance.inspection import inspect
from cli.conformance.places import Web
from tests.browser.playing import play_to_the_end
from tests.installation import Installation
from tests.media import H264, make_clip

_AAC = ("-c:a", "aac")
_CLIPS: dict[str, tuple[str, Sequence[str], dict[str, object]]] = {
    "with picture and sound": ("a.mp4", (*H264, *_AAC), {"seconds": 9, "size": "640x360"}),
    "without sound": ("a.mp4", H264, {"seconds": 5, "sound": False}),
    "of sound alone": ("a.m4a", ("-vn", *_AAC), {"seconds": 9}),
    "of one picture": ("a.mp4", (*H264, "-frames:v", "1"), {"sound": False}),
    "of a sixth of a second, with sound": ("a.mkv", (*H264, *_AAC), {"seconds": 0.16}),
    "sixty pictures a second": ("a.mkv", (*H264, *_AAC), {"seconds": 5, "rate": "60", "size": "960x540"}),
    "NTSC, upright, in chunks": (
        "a.mkv",
        (*H264, *_AAC),
        {"seconds": 61, "rate": "30000/1001", "size": "360x640"},
    ),
}
_OF_THE_SOURCE = {"language_missing"}
"""Of subtitles: no language can be told where the file says none."""
_FOLDER = os.environ.get("REELMILL_CORPUS")
_FILES = sorted(path for path in Path(_FOLDER).iterdir() if path.suffix != ".md") if _FOLDER else []


@pytest.mark.parametrize("kind", _CLIPS)
def test_an_output_plays_to_its_end_with_no_stall_and_no_error(
    page: Page, installation: Installation, tmp_path: Path, kind: str
) -> None:
    name, options, picture = _CLIPS[kind]
    clip = make_clip(tmp_path / name, *options, **picture)  # type: ignore[arg-type]  # a table of mixed values
    video_id = installation.upload(clip)
    hls = installation.wait_until(video_id, "ready", within=110)["playback"]["hls"]
    played = play_to_the_end(page, f"{installation.url}{hls}")
    assert played.complaints == []
    assert (played.width > 0) == ("sound alone" not in kind)
    assert (played.sound_bytes > 0) == bool(picture.get("sound", True))


@pytest.mark.skipif(not _FOLDER, reason="REELMILL_CORPUS names no folder of real media")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("file", _FILES, ids=lambda path: path.name)
def test_what_is_made_of_a_real_file_conforms_and_plays_to_its_end(
    page: Page, installation: Installation, file: Path
) -> None:
    """Whether it should have been refused, and why, is told by tests/integration/test_media_corpus.py."""
    video_id = installation.upload(file)
    video = installation.settled(video_id, within=500)
    if video["status"] == "failed":
        assert video["error"]["code"] != "internal", video["error"]
        return
    address = f"{installation.url}{video['playback']['hls']}"
    found = inspect(Web(installation.client), address).findings
    assert [finding for finding in found if finding.code not in _OF_THE_SOURCE] == []
    assert play_to_the_end(page, address).complaints == []
