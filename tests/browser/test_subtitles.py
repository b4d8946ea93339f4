"""Subtitles that a file holds, shown by hls.js in Chromium when their picture is."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.captions import show
from tests.installation import Installation
from tests.media import H264, ffmpeg

WHITE = (3.0, 5.0), (59.0, 62.0)
"""Seconds in which the picture is white and a cue says so; the second spans two segments of subtitles."""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Black but for those times, its clock starting at 7 s, with two tracks of subtitles."""
    cues = [
        f"{number}\n00:00:{start:06.3f} --> 00:{end // 60:02.0f}:{end % 60:06.3f}\nWhite & bright {number}\n"
        for number, (start, end) in enumerate(WHITE, start=1)
    ]
    (tmp_path / "en.srt").write_text("\n".join(cues).replace(".", ","))
    (tmp_path / "de.srt").write_text("1\n00:00:03,000 --> 00:00:05,000\nWeiß\n")
    when = "+".join(f"between(t,{start},{end - 0.001})" for start, end in WHITE)
    picture = f"color=black:size=320x240:rate=25:duration=70,drawbox=c=white:t=fill:enable='{when}'"
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=duration=70")
    files = ("-i", str(tmp_path / "en.srt"), "-i", str(tmp_path / "de.srt"))
    mapped = [word for number in range(4) for word in ("-map", str(number))]
    named = (
        "-metadata:s:s:0",
        "language=eng",
        "-metadata:s:s:1",
        "language=ger",
        "-metadata:s:s:1",
        "title=Deutsch",
    )
    coded = (*H264, "-c:a", "flac", "-c:s", "copy", "-output_ts_offset", "7")
    ffmpeg(*inputs, *files, *mapped, *coded, *named, str(tmp_path / "film.mkv"))
    return tmp_path / "film.mkv"


def test_a_cue_is_shown_while_the_picture_that_it_belongs_to_is(
    page: Page, installation: Installation, film: Path
) -> None:
    video_id = installation.upload(film)
    hls = installation.wait_until(video_id, "ready", within=110)["playback"]["hls"]
    moments = [2.94, 3.02, 4.9, 5.06, 58.9, 59.02, 61.9, 62.06]
    shown = show(page, f"{installation.url}{hls}", 0, moments)
    assert shown.errors == []
    assert [track[:2] for track in shown.tracks] == [("eng", "eng"), ("Deutsch", "ger")]
    times = [time for start, end, _ in shown.cues for time in (start, end)]
    assert times == pytest.approx([time for span in WHITE for time in span], abs=0.02)
    first, second = ["White & bright 1"], ["White & bright 2"]
    assert [words for words, _ in shown.seen] == [[], first, first, [], [], second, second, []]
    assert [red > 128 for _, red in shown.seen] == [bool(words) for words, _ in shown.seen]
