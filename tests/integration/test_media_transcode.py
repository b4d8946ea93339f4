"""The transcode handler on clips of every kind, with the real ffmpeg."""

from fractions import Fraction
from pathlib import Path
from posixpath import dirname

import pytest

from pipeline.errors import ReelmillError
from pipeline.playlists import read_media
from tests.media import (
    H264,
    ffmpeg,
    frame_count,
    job_for,
    joined,
    loudness,
    make_clip,
    pictures_hours_apart,
    pixel,
    said_to_last,
    stored,
    stream_of,
    text,
    uploaded,
)
from tests.transcoding import transcode, transcoded
from workers.media import errors
from workers.media.encode import encode
from workers.media.hls import Recipe
from workers.media.ladder import plan
from workers.media.probe import look


def near(seen: list[int], expected: list[int]) -> bool:
    """Whether two colours are the same but for what 4:2:0 and compression do."""
    return all(abs(one - other) < 40 for one, other in zip(seen, expected, strict=True))


async def test_a_clip_becomes_a_ladder_with_one_audio_rendition(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=5, size="854x480")
    event, store = await transcoded(clip, tmp_path)
    assert [(one.name, one.width, one.height) for one in event.renditions] == [
        ("480p", 854, 480),
        ("360p", 640, 360),
        ("240p", 428, 240),
    ]
    assert event.has_audio
    assert event.has_video
    assert event.duration == pytest.approx(5, abs=0.1)
    master = await text(store, event.hls)
    assert master.count("#EXT-X-STREAM-INF") == 3
    assert master.count("TYPE=AUDIO") == 1
    assert event.renditions[0].codecs in master
    assert str(event.renditions[0].bandwidth) in master


async def test_no_frame_is_lost_or_doubled(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=9, rate="30000/1001")
    event, store = await transcoded(clip, tmp_path)
    assert frame_count(await joined(event, "240p", store, tmp_path)) == frame_count(clip)


async def test_segments_are_cut_at_the_same_times_whatever_the_frame_rate(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=9, size="960x540", rate="60000/1001")
    event, store = await transcoded(clip, tmp_path)
    root = dirname(event.hls)
    lists = [read_media(await text(store, f"{root}/{one.name}/index.m3u8")) for one in event.renditions]
    assert [pytest.approx(seconds, abs=0.02) for seconds in lists[0].seconds] == [4.004, 4.004, 1.0]
    assert {playlist.seconds[:2] for playlist in lists} == {lists[0].seconds[:2]}
    assert stream_of(await joined(event, "240p", store, tmp_path))["r_frame_rate"] == "30000/1001"


async def test_progress_rises_to_one(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4")
    job = job_for(uploaded(clip), await stored(clip), tmp_path)
    await transcode(uploaded(clip), job)
    assert job.progress == 1.0


async def test_a_rotated_phone_clip_is_shown_upright(tmp_path: Path) -> None:
    flat, clip = tmp_path / "flat.mp4", tmp_path / "clip.mp4"
    halves = [f"color={colour}:size=320x240:rate=25:duration=1" for colour in ("red", "blue")]
    bars = f"{halves[0]}[a];{halves[1]}[b];[a][b]hstack"
    ffmpeg("-f", "lavfi", "-i", bars, *H264, str(flat))
    ffmpeg("-i", str(flat), "-c", "copy", "-metadata:s:v:0", "rotate=270", str(clip))
    event, store = await transcoded(clip, tmp_path)
    file = await joined(event, event.renditions[0].name, store, tmp_path)
    assert (event.renditions[0].width, event.renditions[0].height) == (240, 640)
    assert near(list(pixel(file, 0.5, 0.1)), list(pixel(clip, 0.5, 0.1)))
    assert not near(list(pixel(file, 0.5, 0.1)), list(pixel(file, 0.5, 0.9)))


async def test_wide_pixels_are_squared(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.mpg", "-c:v", "mpeg2video", "-aspect", "16:9", size="720x576", sound=False
    )
    event, store = await transcoded(clip, tmp_path)
    assert (event.renditions[0].width, event.renditions[0].height) == (1024, 576)
    assert stream_of(await joined(event, "576p", store, tmp_path))["sample_aspect_ratio"] == "1:1"


async def test_sound_alone_is_playable(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp3"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=5", str(clip))
    event, store = await transcoded(clip, tmp_path)
    assert (event.has_video, event.has_audio, event.renditions) == (False, True, ())
    assert "audio/index.m3u8" in await text(store, event.hls)


async def test_a_silent_clip_has_no_audio_rendition(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", sound=False), tmp_path)
    assert not event.has_audio
    assert "AUDIO" not in await text(store, event.hls)


async def test_late_sound_stays_late(tmp_path: Path) -> None:
    early, clip = make_clip(tmp_path / "early.mp4"), tmp_path / "late.mkv"
    ffmpeg(
        "-i",
        str(early),
        "-itsoffset",
        "1",
        "-i",
        str(early),
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-c",
        "copy",
        str(clip),
    )
    event, store = await transcoded(clip, tmp_path)
    sound = await joined(event, "audio", store, tmp_path)
    assert loudness(sound, 0.1, 0.9) < -80
    assert loudness(sound, 1.1, 1.9) > -40


async def test_colours_come_out_as_they_went_in(tmp_path: Path) -> None:
    """BT.601, as small pictures are unless they say otherwise, full range and RGB all end as BT.709."""
    for name, options in {
        "plain.mp4": H264,
        "full.mp4": ("-c:v", "libx264", "-vf", "scale=out_range=pc", "-pix_fmt", "yuvj420p"),
        "rgb.mkv": ("-c:v", "ffv1", "-pix_fmt", "bgr0"),
    }.items():
        clip = make_clip(tmp_path / name, *options, picture="color=c=0x20C040", sound=False, seconds=1)
        event, store = await transcoded(clip, tmp_path / name.partition(".")[0])
        file = await joined(event, "240p", store, tmp_path)
        assert near(list(pixel(file, 0.5, 0.5)), [0x20, 0xC0, 0x40]), name
        assert stream_of(file)["color_space"] == "bt709"


async def test_hdr_is_mapped_to_the_standard_range(tmp_path: Path) -> None:
    tags = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=error"
    hevc = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", tags, "-pix_fmt", "yuv420p10le")
    event, store = await transcoded(make_clip(tmp_path / "hdr.mp4", *hevc, sound=False, seconds=1), tmp_path)
    shown = stream_of(await joined(event, "240p", store, tmp_path))
    assert shown["pix_fmt"] == "yuv420p"
    assert shown["color_transfer"] == "bt709"


async def test_irregular_frames_stay_in_time(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    flash = "color=black:size=320x240:rate=30:duration=6,drawbox=c=white:t=fill:enable='gte(t,3)'"
    dropped = "select='not(mod(n,7))+lt(n,30)'"
    ffmpeg("-f", "lavfi", "-i", f"{flash},{dropped}", "-fps_mode", "vfr", *H264, str(clip))
    event, store = await transcoded(clip, tmp_path)
    file = await joined(event, "240p", store, tmp_path)
    assert event.duration == pytest.approx(6, abs=0.3)
    assert near(list(pixel(file, 0.5, 0.5, at=2.7)), [0, 0, 0])
    assert near(list(pixel(file, 0.5, 0.5, at=3.3)), [255, 255, 255])


async def test_a_clip_cut_short_is_kept_to_where_it_ends(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4", *H264, "-movflags", "faststart", seconds=8)
    short = tmp_path / "short.mp4"
    short.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    event, _ = await transcoded(short, tmp_path)
    assert 2 < event.duration < 7


async def test_a_transport_stream_whose_clock_starts_over_is_shown_whole(tmp_path: Path) -> None:
    once, twice = make_clip(tmp_path / "once.ts"), tmp_path / "twice.ts"
    twice.write_bytes(once.read_bytes() * 2)
    event, _ = await transcoded(twice, tmp_path)
    assert event.duration == pytest.approx(4, abs=0.3)


async def test_a_picture_of_two_pixels_is_no_problem(tmp_path: Path) -> None:
    event, _ = await transcoded(make_clip(tmp_path / "clip.mp4", size="2x2", seconds=1), tmp_path)
    assert [(one.width, one.height) for one in event.renditions] == [(2, 2)]


REFUSED: dict[str, tuple[bytes, type[ReelmillError]]] = {
    "text": (b"hello\n" * 1000, errors.NotMedia),
    "nothing": (b"", errors.NotMedia),
    "noise": (bytes(range(256)) * 100, errors.NotMedia),
    "playlist": (b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/etc/passwd\n", errors.ContainerRefused),
    "script": (b"ffconcat version 1.0\nfile '/etc/passwd'\n", errors.ContainerRefused),
    "photo": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", errors.StillImage),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_video_is_refused(name: str, tmp_path: Path) -> None:
    bytes_given, error = REFUSED[name]
    file = tmp_path / "clip.mp4"
    file.write_bytes(bytes_given)
    with pytest.raises(error):
        await transcoded(file, tmp_path)


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("picture.png", ("-frames:v", "1"), errors.StillImage),
        ("odd.avi", ("-c:v", "magicyuv"), errors.CodecRefused),
        ("gaps.mkv", ("-vf", "setpts=N*3540/TB", "-fps_mode", "vfr", "-c:v", "mjpeg"), errors.TooSparse),
    ],
)
async def test_a_video_that_cannot_be_played_is_refused(
    name: str, options: tuple[str, ...], error: type[ReelmillError], tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / name, *options, sound=False, size="64x64", rate="2")
    with pytest.raises(error):
        await transcoded(clip, tmp_path)


async def test_pictures_hours_apart_are_refused_before_any_work_though_the_header_says_seconds(
    tmp_path: Path,
) -> None:
    clip = said_to_last(pictures_hours_apart(tmp_path / "clip.mkv"), 12)
    job = job_for(uploaded(clip), await stored(clip), tmp_path)
    with pytest.raises(errors.TooSparse):
        await transcode(uploaded(clip), job)
    assert list(job.scratch.iterdir()) == []


async def test_an_encode_ends_soon_after_the_end_that_is_known(tmp_path: Path) -> None:
    """Whatever misled the look at the source: a gap is filled for as long as ffmpeg is let."""
    clip = said_to_last(pictures_hours_apart(tmp_path / "clip.mkv"), 2)
    source = await look(str(clip))
    told: list[float] = []
    recipe = Recipe(source, plan(64, 64, Fraction(25)))
    await encode(recipe.whole, str(clip), tmp_path / "hls", told.append)
    playlist = read_media((tmp_path / "hls/64p/index.m3u8").read_text())
    assert 2.5 < playlist.duration < 10  # long enough to be seen to be wrong
    assert max(told) < 20


async def test_a_header_that_says_too_little_costs_no_picture(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", *H264, seconds=20, size="64x64", rate="10", sound=False)
    event, store = await transcoded(said_to_last(clip, 3), tmp_path)
    assert event.duration == pytest.approx(20, abs=0.2)
    assert frame_count(await joined(event, "64p", store, tmp_path)) == 200


@pytest.mark.parametrize("name", ["100% done", "%d of %05d", "%v", "%%"])
async def test_a_folder_may_have_any_name(name: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1)
    event, _ = await transcoded(clip, tmp_path / name)
    assert event.duration == pytest.approx(1, abs=0.1)


async def test_too_many_pixels_are_refused_without_decoding_them(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.mkv",
        "-frames:v",
        "1",
        "-c:v",
        "mjpeg",
        size="9000x4800",
        rate="1",
        picture="color",
        sound=False,
    )
    with pytest.raises(errors.TooManyPixels):
        await transcoded(clip, tmp_path)


async def test_pixels_that_are_said_to_be_nine_times_as_wide_are_played_all_the_same(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", "-vf", "setsar=9", *H264, size="4096x64", seconds=1)
    event, _ = await transcoded(clip, tmp_path)
    assert [(one.width, one.height) for one in event.renditions] == [(8064, 14)]
