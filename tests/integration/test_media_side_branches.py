"""Storyboard and preview of clips that were transcoded, with the real ffmpeg."""

import re
from pathlib import Path
from posixpath import dirname

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.events import PreviewMade, StoryboardMade, VideoTranscoded
from tests.media import H264, content, ffmpeg, ffprobe, job_for, make_clip, pixel, stream_of, text
from tests.transcoding import transcoded
from workers.media.errors import OutputIncomplete
from workers.preview import preview
from workers.storyboard import storyboard


async def index(event: VideoTranscoded, store: MemoryStore, folder: Path) -> str | None:
    [made] = await storyboard(event, job_for(event, store, folder, "storyboard"))
    assert isinstance(made, StoryboardMade)
    return made.storyboard


async def clip_of(event: VideoTranscoded, store: MemoryStore, folder: Path) -> Path:
    [made] = await preview(event, job_for(event, store, folder, "preview"))
    assert isinstance(made, PreviewMade)
    assert made.preview is not None
    assert (await store.stat(made.preview)).content_type == "video/mp4"
    file = folder / "preview.mp4"
    file.write_bytes(await content(store, made.preview))
    return file


def brightening(path: Path, seconds: int, size: str = "64x48") -> Path:
    """Grey that gains two steps of luma a second, sound beside it."""
    picture = f"color=black:size={size}:rate=10:duration={seconds},geq=lum='20+2*T':cb=128:cr=128"
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=duration={seconds}", *H264, str(path))
    return path


async def test_each_tile_shows_what_the_video_shows_at_its_time(tmp_path: Path) -> None:
    event, store = await transcoded(brightening(tmp_path / "clip.mp4", 31), tmp_path)
    key = await index(event, store, tmp_path)
    assert key is not None
    told = await text(store, key)
    cues = re.findall(r"00:00:([\d.]+) --> 00:00:([\d.]+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)", told)
    assert [float(cue[0]) for cue in cues] == pytest.approx([2 * n for n in range(16)], abs=0.001)
    assert [cue[1] for cue in cues[:-1]] == [cue[0] for cue in cues[1:]]
    assert float(cues[-1][1]) == pytest.approx(31, abs=0.1)
    sheet = tmp_path / "sheet.jpg"
    sheet.write_bytes(await content(store, f"{dirname(key)}/{cues[0][2]}"))
    shown = stream_of(sheet)
    assert (shown["width"], shown["height"]) == (1600, 240)
    for start, _, _, x, y, width, height in cues:
        middle = (int(x) + int(width) / 2) / 1600, (int(y) + int(height) / 2) / 240
        expected = (20 + 2 * float(start) - 16) * 255 / 219
        assert pixel(sheet, *middle)[0] == pytest.approx(expected, abs=6)


async def test_a_portrait_video_has_portrait_tiles(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", size="240x426"), tmp_path)
    key = await index(event, store, tmp_path)
    assert key is not None
    assert "#xywh=0,0,90,160" in await text(store, key)


async def test_of_a_long_film_only_the_segments_that_are_shown_are_read(tmp_path: Path) -> None:
    """500 seconds: 125 segments, of which each gives one tile; then those of a film 5 times as long."""
    event, store = await transcoded(
        make_clip(tmp_path / "clip.mp4", seconds=500, size="64x48", rate="5", sound=False), tmp_path
    )
    key = await index(event, store, tmp_path)
    assert key is not None
    told = await text(store, key)
    assert told.count("-->") == 125
    assert told.count("sheet-1.jpg") == 25
    assert "00:08:16.000 --> 00:08:20.000" in told


async def test_a_single_frame_has_a_storyboard_of_one_tile(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", seconds=0.04, sound=False), tmp_path)
    key = await index(event, store, tmp_path)
    assert key is not None
    assert (await text(store, key)).count("-->") == 1


async def test_sound_alone_has_neither_and_is_no_failure(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=duration=2", str(tmp_path / "clip.mp3"))
    event, store = await transcoded(tmp_path / "clip.mp3", tmp_path)
    assert await index(event, store, tmp_path) is None
    [made] = await preview(event, job_for(event, store, tmp_path, "preview"))
    assert made == PreviewMade()


async def test_a_preview_is_short_silent_small_and_starts_at_once(tmp_path: Path) -> None:
    event, store = await transcoded(
        make_clip(tmp_path / "clip.mp4", seconds=30, size="854x480", rate="30"), tmp_path
    )
    file = await clip_of(event, store, tmp_path)
    [stream] = ffprobe(file, "-show_streams")["streams"]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("h264", 480, 270)
    assert float(stream["duration"]) == pytest.approx(4.5, abs=0.1)
    assert stream["r_frame_rate"] == "15/1"
    data = file.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert len(data) < 400_000


async def test_a_preview_cuts_from_the_beginning_the_middle_and_the_end(tmp_path: Path) -> None:
    event, store = await transcoded(brightening(tmp_path / "clip.mp4", 96), tmp_path)
    file = await clip_of(event, store, tmp_path)
    seen = [(pixel(file, 0.5, 0.5, at)[0] * 219 / 255 + 16 - 20) / 2 for at in (0.1, 1.6, 3.1)]
    assert seen == pytest.approx([12, 48, 80], abs=5)


async def test_a_preview_of_a_single_frame_is_that_frame(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", seconds=0.04, sound=False), tmp_path)
    assert stream_of(await clip_of(event, store, tmp_path))["nb_frames"] == "1"


async def test_a_playlist_that_cannot_be_read_back_is_tried_again(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4"), tmp_path)
    name = event.renditions[-1].name
    await store.put(f"{dirname(event.hls)}/{name}/index.m3u8", b"#EXTM3U", "application/vnd.apple.mpegurl")
    with pytest.raises(OutputIncomplete):
        await index(event, store, tmp_path)
