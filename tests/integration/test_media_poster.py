"""Poster and metadata of clips that were transcoded, with the real ffmpeg."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.events import MetadataExtracted, ThumbnailGenerated, VideoTranscoded
from tests.media import H264, content, ffmpeg, job_for, make_clip, pixel, stream_of
from tests.transcoding import transcoded
from workers.metadata import metadata
from workers.thumbnail import thumbnail

PLACE = "+47.3769+008.5417/"


async def posters(event: VideoTranscoded, store: MemoryStore, folder: Path) -> ThumbnailGenerated:
    [made] = await thumbnail(event, job_for(event, store, folder, "thumbnail"))
    assert isinstance(made, ThumbnailGenerated)
    return made


async def saved(made: ThumbnailGenerated, name: str, store: MemoryStore, folder: Path) -> Path:
    file = folder / name
    file.write_bytes(await content(store, made.posters[name]))
    return file


async def told(clip: Path, folder: Path, *, keep_location: bool = False) -> dict[str, Any]:
    event, store = await transcoded(clip, folder)
    made = await posters(event, store, folder)
    [found] = await metadata(made, job_for(made, store, folder, "metadata"), keep_location=keep_location)
    assert isinstance(found, MetadataExtracted)
    return found.metadata


async def test_a_poster_comes_in_two_sizes_and_two_formats(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", size="1920x1080", seconds=1), tmp_path)
    made = await posters(event, store, tmp_path)
    sizes = {}
    for name in made.posters:
        shown = stream_of(await saved(made, name, store, tmp_path))
        sizes[name] = (shown["codec_name"], shown["width"], shown["height"])
    assert sizes == {
        "large.webp": ("webp", 1280, 720),
        "large.jpg": ("mjpeg", 1280, 720),
        "small.webp": ("webp", 480, 270),
        "small.jpg": ("mjpeg", 480, 270),
    }
    assert (await store.stat(made.posters["small.webp"])).content_type == "image/webp"


async def test_a_poster_is_upright_and_no_larger_than_the_video(tmp_path: Path) -> None:
    flat, clip = make_clip(tmp_path / "flat.mp4"), tmp_path / "clip.mp4"
    ffmpeg("-i", str(flat), "-c", "copy", "-metadata:s:v:0", "rotate=90", str(clip))
    event, store = await transcoded(clip, tmp_path)
    shown = stream_of(await saved(await posters(event, store, tmp_path), "large.jpg", store, tmp_path))
    assert (shown["width"], shown["height"]) == (240, 320)


async def test_a_poster_is_not_black_when_most_of_the_video_is(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    flash = "color=black:size=320x240:rate=25:duration=12,drawbox=c=green:t=fill:enable='between(t,7,8)'"
    ffmpeg("-f", "lavfi", "-i", flash, *H264, str(clip))
    event, store = await transcoded(clip, tmp_path)
    picture = await saved(await posters(event, store, tmp_path), "large.jpg", store, tmp_path)
    assert pixel(picture, 0.5, 0.5)[1] > 80


SCENE = "testsrc2=size=320x240:rate=25"
SPOILED = {
    "black": "drawbox=c=black:t=fill:enable='{when}'",
    "white": "drawbox=c=white:t=fill:enable='{when}'",
    "blurred": "gblur=sigma=12:enable='{when}'",
    "fading": "fade=in:0:200",
}


@pytest.mark.parametrize("kind", SPOILED)
async def test_a_poster_is_taken_from_where_the_picture_is_good(kind: str, tmp_path: Path) -> None:
    """Eight seconds spoiled, then three that are not: marked red in the middle, where the rest is green."""
    spoiled = SPOILED[kind].format(when="lt(t,8)")
    box = "drawbox=x=140:y=100:w=40:h=40:t=fill"
    marked = f"{box}:c=lime,{box}:c=red:enable='gte(t,8)'"
    clip = tmp_path / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", f"{SCENE}:duration=11,{marked},{spoiled}", *H264, str(clip))
    event, store = await transcoded(clip, tmp_path)
    picture = await saved(await posters(event, store, tmp_path), "large.jpg", store, tmp_path)
    red, green, _ = pixel(picture, 0.5, 0.5)
    assert red > 150 > green


async def test_sound_alone_has_no_poster_and_is_no_failure(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp3"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=2", str(clip))
    found = await told(clip, tmp_path)
    assert found["video"] is None
    assert found["outputs"]["posters"] == []
    assert found["audio"]["codec"] == "mp3"


async def test_metadata_says_what_the_source_was_and_what_was_made(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.mp4", *H264, "-metadata", "creation_time=2024-02-03T04:05:06Z", size="854x480"
    )
    found = await told(clip, tmp_path)
    assert found["container"] == "mov"
    assert found["duration"] == pytest.approx(2, abs=0.1)
    assert found["size"] == clip.stat().st_size
    assert found["sha256"] == sha256(clip.read_bytes()).hexdigest()
    assert found["created_at"] == "2024-02-03T04:05:06+00:00"
    assert found["cut_short"] is False
    video, audio = found["video"], found["audio"]
    assert (video["codec"], video["width"], video["height"], video["frame_rate"]) == ("h264", 854, 480, 25.0)
    assert (audio["codec"], audio["channels"], audio["layout"], audio["streams"]) == ("aac", 1, "mono", 1)
    assert [(one["index"], one["type"], one["codec"]) for one in found["streams"]] == [
        (0, "video", "h264"),
        (1, "audio", "aac"),
    ]
    assert found["outputs"]["renditions"] == ["480p", "360p", "240p"]
    assert found["outputs"]["bytes"] > 10_000


async def test_metadata_says_what_became_of_each_track_of_subtitles(tmp_path: Path) -> None:
    words, clip = tmp_path / "words.srt", tmp_path / "clip.mkv"
    words.write_text("1\n00:00:00,500 --> 00:00:01,500\nHello.\n")
    late = tmp_path / "late.srt"
    late.write_text("1\n00:01:00,500 --> 00:01:01,500\nNobody sees this.\n")
    make_clip(tmp_path / "plain.mp4")
    files = [word for file in (tmp_path / "plain.mp4", words, late) for word in ("-i", str(file))]
    ffmpeg(*files, "-map", "0", "-map", "1", "-map", "2", "-c", "copy", "-t", "62", str(clip))
    found = await told(clip, tmp_path)
    assert [(one["codec"], one["rendition"]) for one in found["subtitles"]] == [
        ("subrip", "subtitles-0"),
        ("subrip", None),
    ]
    assert found["outputs"]["subtitles"] == ["subtitles-0"]


async def test_a_clip_cut_short_is_said_to_be(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4", *H264, "-movflags", "faststart", seconds=8)
    short = tmp_path / "short.mp4"
    short.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert (await told(short, tmp_path))["cut_short"] is True


@pytest.mark.parametrize("keep", [False, True])
async def test_where_it_was_filmed_is_told_only_when_asked_for(keep: bool, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *H264, "-metadata", f"location={PLACE}", seconds=1)
    assert (await told(clip, tmp_path, keep_location=keep)).get("location") == (PLACE if keep else None)


async def test_a_single_frame_is_its_own_poster(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", seconds=0.04, sound=False), tmp_path)
    assert len((await posters(event, store, tmp_path)).posters) == 4
