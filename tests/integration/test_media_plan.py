"""The plan handler on clips of every kind, with the real ffmpeg."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.events import Event, VideoPlanned, VideoPlayable
from pipeline.settings import MediaSettings
from tests.media import H264, SOURCE, ffmpeg, frame_count, job_for, make_clip, stored, uploaded
from workers.media import errors
from workers.media.probe import glance, scan
from workers.media.recipe import recipe_from
from workers.transcode.plan import plan

MPEG4 = ("-c:v", "mpeg4", "-q:v", "8")
SMALL: dict[str, Any] = {"size": "64x48", "rate": "10"}


@dataclass
class Told:
    planned: VideoPlanned
    store: MemoryStore
    playable: list[VideoPlayable] = field(default_factory=list)

    @property
    def tracks(self) -> list[tuple[str, int, int | None]]:
        return [(chunk.track, chunk.first, chunk.until) for chunk in self.planned.chunks]


async def planned(clip: Path, scratch: Path, **settings: Any) -> Told:
    store, event = await stored(clip), uploaded(clip)
    job, announced = job_for(event, store, scratch), list[Event]()

    async def announce(event: Event, key: str = "") -> None:
        announced.append(event)

    job.announce = announce
    (made,) = await plan(event, job, settings=MediaSettings(**settings))
    assert isinstance(made, VideoPlanned)
    assert all(isinstance(event, VideoPlayable) for event in announced)
    return Told(made, store, [event for event in announced if isinstance(event, VideoPlayable)])


async def test_what_browsers_play_is_playable_at_once_and_one_chunk(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *H264, "-c:a", "aac", seconds=5)
    told = await planned(clip, tmp_path)
    assert told.playable == [VideoPlayable(by="original", original=SOURCE, content_type="video/mp4")]
    assert told.tracks == [("all", 0, None)]
    assert (told.planned.lead, told.planned.audio, told.planned.source) == (None, True, SOURCE)
    assert told.planned.segment == "4"
    assert [one.name for one in told.planned.renditions] == ["240p"]


async def test_what_they_do_not_play_gets_a_lead(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *MPEG4, "-c:a", "aac", seconds=9, rate="30000/1001")
    told = await planned(clip, tmp_path)
    assert told.playable == []
    assert told.planned.lead == "240p"
    assert told.planned.segment == "1001/250"
    assert told.tracks == [("lead", 0, 1), ("sound", 0, None), ("lead", 1, None)]
    assert told.planned.duration == pytest.approx(9, abs=0.1)


async def test_the_recipe_that_goes_with_every_chunk_is_read_back(tmp_path: Path) -> None:
    told = await planned(make_clip(tmp_path / "clip.mp4", seconds=2), tmp_path)
    recipe = recipe_from(told.planned.recipe)
    assert recipe.source.scanned
    assert [rung.name for rung in recipe.rungs] == ["240p"]


async def test_a_recording_that_does_not_say_how_long_it_is_is_playable_once_it_is_scanned(
    tmp_path: Path,
) -> None:
    clip = tmp_path / "clip.webm"
    codecs = ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-live", "1")
    make_clip(clip, *codecs, seconds=3, **SMALL)
    told = await planned(clip, tmp_path)
    assert [event.content_type for event in told.playable] == ["video/webm"]
    assert told.planned.duration == pytest.approx(3, abs=0.2)


async def test_a_place_keeps_the_original_back_unless_a_setting_lets_it_through(tmp_path: Path) -> None:
    said = ("-metadata", "location=+47.1+008.5/")
    clip = make_clip(tmp_path / "clip.mov", *H264, "-c:a", "aac", *said, seconds=1)
    assert (await planned(clip, tmp_path / "a")).playable == []
    assert len((await planned(clip, tmp_path / "b", keep_location=True)).playable) == 1


@pytest.mark.parametrize("name", ["clip.ts", "clip.mpg", "live.mkv", "fragments.mp4", "clip.flv"])
async def test_what_has_no_index_is_copied_into_something_that_has(name: str, tmp_path: Path) -> None:
    codecs = ("-c:v", "mpeg2video", "-q:v", "8", "-c:a", "mp2") if name.endswith("mpg") else H264
    more = {
        "live.mkv": ("-live", "1"),
        "fragments.mp4": ("-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    }
    options = (*codecs, "-g", "25", *more.get(name, ()))
    rate = "25" if name.endswith("mpg") else "10"
    clip = make_clip(tmp_path / name, *options, seconds=21, size="64x48", rate=rate)
    told = await planned(clip, tmp_path, original_max_bit_rate=1)
    assert told.planned.source.startswith("video/1/transcode/1/.source/source.")
    assert told.tracks[-1] == ("lead", 3, None)
    copied = tmp_path / "copied.mkv"
    copied.write_bytes(b"".join([block async for block in told.store.read(told.planned.source)]))
    assert frame_count(copied) == frame_count(clip)
    recipe = recipe_from(told.planned.recipe)
    assert recipe.source.container.split(",")[0] in ("matroska", "mov")
    assert recipe.source.duration == pytest.approx(21, abs=0.3)


async def test_a_short_one_without_an_index_is_left_where_it_is(tmp_path: Path) -> None:
    told = await planned(make_clip(tmp_path / "clip.ts", seconds=3), tmp_path)
    assert (told.planned.source, told.tracks) == (SOURCE, [("all", 0, None)])


async def test_what_cannot_be_copied_is_one_chunk(tmp_path: Path) -> None:
    """Matroska takes no sound of this kind."""
    sound = ("-c:v", "flv1", "-c:a", "nellymoser", "-ac", "1", "-ar", "8000")
    told = await planned(make_clip(tmp_path / "clip.flv", *sound, seconds=21, **SMALL), tmp_path)
    assert (told.planned.source, told.tracks) == (SOURCE, [("all", 0, None)])
    assert told.planned.lead is None


async def test_a_clock_that_starts_over_is_mended_before_it_is_cut(tmp_path: Path) -> None:
    once, twice = make_clip(tmp_path / "once.ts", seconds=15, **SMALL), tmp_path / "twice.ts"
    twice.write_bytes(once.read_bytes() * 2)
    told = await planned(twice, tmp_path)
    recipe = recipe_from(told.planned.recipe)
    assert recipe.source.scanned
    assert recipe.source.duration == pytest.approx(30, abs=0.5)
    assert told.tracks[-1] == ("lead", 3, None)


async def test_sound_alone_is_playable_and_one_chunk(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp3"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=60", str(clip))
    told = await planned(clip, tmp_path)
    assert [event.content_type for event in told.playable] == ["audio/mpeg"]
    assert told.tracks == [("sound", 0, None)]
    assert (told.planned.renditions, told.planned.audio) == ((), True)


async def test_a_clip_cut_short_is_planned_to_where_it_ends(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4", *MPEG4, "-movflags", "faststart", seconds=40, **SMALL)
    short = tmp_path / "short.mp4"
    short.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    told = await planned(short, tmp_path)
    duration = told.planned.duration or 0
    assert 10 < duration < 30
    assert max(first for _, first, _ in told.tracks) * 4 < duration


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"hello\n" * 1000, errors.NotMedia), (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", errors.StillImage)],
)
async def test_what_is_no_video_is_refused_before_anything_is_told(
    data: bytes, error: type[Exception], tmp_path: Path
) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(data)
    with pytest.raises(error):
        await planned(file, tmp_path)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.ts"])
async def test_one_keyframe_for_all_is_seen(name: str, tmp_path: Path) -> None:
    """Also in the copy that is made of what has no index."""
    options = ("-c:v", "mpeg4", "-g", "600", "-sc_threshold", "1000000000")
    clip = make_clip(tmp_path / name, *options, seconds=70, size="64x48", rate="8")
    told = await planned(clip, tmp_path, original_max_bit_rate=1)
    assert recipe_from(told.planned.recipe).source.keyframe_gap == pytest.approx(70, abs=0.5)
    assert [first for track, first, _ in told.tracks if track == "lead"] == [0, 1, 3, 7]


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mov"])
async def test_the_last_packets_of_a_large_file_say_what_all_of_them_do(name: str, tmp_path: Path) -> None:
    raw = ("-c:v", "rawvideo", "-pix_fmt", "uyvy422", "-c:a", "pcm_s16le")
    clip = make_clip(tmp_path / name, *raw, seconds=24, size="320x240", rate="15")
    store = await stored(clip)
    glanced, location = await glance(store, SOURCE), store.locate(SOURCE)
    assert glanced.size > 16 * 1024**2
    assert await scan(glanced, location, indexed=True) == await scan(glanced, location)


async def test_what_ends_before_its_header_says_is_read_to_its_end(tmp_path: Path) -> None:
    raw = ("-c:v", "rawvideo", "-pix_fmt", "yuv420p")
    whole = make_clip(tmp_path / "clip.mkv", *raw, seconds=30, size="320x240", rate="15", sound=False)
    short = tmp_path / "short.mkv"
    short.write_bytes(whole.read_bytes()[: 20 * 15 * 320 * 240 * 3 // 2])
    told = await planned(short, tmp_path)
    assert told.planned.duration == pytest.approx(20, abs=0.5)
    assert told.planned.source != SOURCE, "its index was lost with its end"


@pytest.mark.parametrize("name", ["clip.mp4", "clip.ts"])
async def test_whether_places_may_be_told_goes_with_the_recipe(name: str, tmp_path: Path) -> None:
    """With that of a copy too, which a transport stream gets."""
    clip = make_clip(tmp_path / name, *H264, "-g", "10", seconds=21, **SMALL)
    told = await planned(clip, tmp_path, keep_location=True, original_max_bit_rate=1)
    assert recipe_from(told.planned.recipe).keep_location
    assert not recipe_from({**told.planned.recipe, "keep_location": False}).keep_location
