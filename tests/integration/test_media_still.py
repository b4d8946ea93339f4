"""A picture that ends long before its sound: it stays, in chunks that begin after its last frame as well."""

from pathlib import Path

import pytest

from cli.conformance.inspection import inspect
from cli.conformance.places import Folder
from tests.media import H264, ffmpeg, make_clip
from tests.transcoding import saved, transcoded


@pytest.mark.parametrize(
    ("name", "frames"),
    [("clip.mp4", 1), ("clip.mkv", 1), ("clip.mp4", 100), ("clip.mkv", 100), ("clip.ts", 100)],
)
async def test_a_minute_of_sound_over_a_picture_of_seconds_is_whole_and_sound(
    name: str, frames: int, tmp_path: Path
) -> None:
    picture = make_clip(tmp_path / "picture.mp4", *H264, seconds=frames / 25, sound=False)
    sound = ("-f", "lavfi", "-i", "sine=duration=60", "-c:v", "copy", "-c:a", "aac")
    ffmpeg("-i", str(picture), *sound, str(tmp_path / name))
    event, store = await transcoded(tmp_path / name, tmp_path, cut=True)
    assert event.duration == pytest.approx(60, abs=0.5)
    master = await saved(event, store, tmp_path / "made")
    assert inspect(Folder(), str(master)).findings == []
