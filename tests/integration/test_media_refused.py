"""What cannot be played is refused by its probe, before any work, with a code and plain words."""

import struct
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import pytest

from pipeline.errors import Permanent
from tests.media import H264, SOURCE, ffmpeg, make_clip, pictures_hours_apart, said_to_last, stored
from tests.watching import BLUE, alike, frame, watched
from workers.media import errors
from workers.media.allowed import DEMUXERS, MAX_STREAMS
from workers.media.probe import probe
from workers.media.source import Source


async def probed(clip: Path) -> Source:
    return await probe(await stored(clip), SOURCE)


async def refusal(clip: Path) -> Permanent:
    with pytest.raises(Permanent) as caught:
        await probed(clip)
    assert caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("one.png", ("-frames:v", "1")),
        ("one.gif", ("-frames:v", "1")),
        ("moving.gif", ()),
        ("moving.png", ("-f", "apng")),
        ("one.webp", ("-frames:v", "1")),
        ("one.bmp", ("-frames:v", "1")),
        ("one.tiff", ("-frames:v", "1")),
    ],
)
async def test_pictures_are_no_video_whatever_they_are_called(
    name: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    picture = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x64:duration=0.2", *options, str(picture))
    assert isinstance(await refusal(picture.rename(tmp_path / "clip.mp4")), errors.StillImage)


async def test_an_encrypted_video_is_refused_as_such(tmp_path: Path) -> None:
    key = ("-encryption_key", "00112233445566778899aabbccddeeff", "-encryption_kid", "0" * 32)
    clip = tmp_path / "clip.mp4"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=64x64:duration=1",
        *H264,
        "-encryption_scheme",
        "cenc-aes-ctr",
        *key,
        str(clip),
    )
    assert isinstance(await refusal(clip), errors.Encrypted)


async def test_subtitles_alone_are_nothing_to_play(tmp_path: Path) -> None:
    (tmp_path / "said.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nHello\n")
    clip = tmp_path / "clip.mkv"
    ffmpeg("-i", str(tmp_path / "said.srt"), "-c", "copy", str(clip))
    assert isinstance(await refusal(clip), errors.NothingToPlay)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{0}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{0}'\n",
        "<MPD><BaseURL>{0}</BaseURL></MPD>",
    ],
)
async def test_a_list_of_files_in_disguise_is_refused_before_any_of_them_is_read(
    text: str, tmp_path: Path
) -> None:
    victim = make_clip(tmp_path / "victim.ts", size="64x64", seconds=1, sound=False)
    clip = tmp_path / "clip.mp4"
    clip.write_text(text.format(victim))
    assert isinstance(await refusal(clip), errors.ContainerRefused | errors.NotMedia)


async def test_more_streams_than_any_real_video_has_are_refused(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    maps = ["-map", "0"] * (MAX_STREAMS + 36)
    ffmpeg("-f", "lavfi", "-i", "anullsrc=d=0.1", *maps, "-c:a", "aac", str(clip))
    assert isinstance(await refusal(clip), errors.TooManyStreams)


async def test_a_video_longer_than_the_longest_is_refused_by_its_header(tmp_path: Path) -> None:
    noise = ("-c:v", "rawvideo", "-pix_fmt", "yuv420p")
    clip = make_clip(tmp_path / "clip.mkv", *noise, size="1280x720", seconds=5, sound=False)
    assert isinstance(await refusal(said_to_last(clip, 13 * 3600)), errors.TooLong)


async def test_pictures_59_minutes_apart_are_refused(tmp_path: Path) -> None:
    apart = ("-vf", "setpts=N*3540/TB", "-fps_mode", "vfr", "-c:v", "mjpeg")
    clip = make_clip(tmp_path / "clip.mkv", *apart, size="64x64", rate="2", seconds=2, sound=False)
    assert (await refusal(clip)).code == "frames_too_far_apart"


@pytest.mark.parametrize(
    ("size", "accepted"), [("7680x4320", True), ("4320x7680", True), ("8200x4400", False)]
)
async def test_8k_is_the_largest(size: str, accepted: bool, tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.mp4",
        "-c:v",
        "mjpeg",
        "-frames:v",
        "1",
        size=size,
        rate="25",
        sound=False,
        picture="color=c=gray",
    )
    if accepted:
        assert (await probed(clip)).video is not None
    else:
        assert isinstance(await refusal(clip), errors.TooManyPixels)


async def test_the_best_of_two_videos_is_shown(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    small, large = ("color=red:size=64x64:rate=25:duration=1", "color=blue:size=128x96:rate=25:duration=1")
    ffmpeg("-f", "lavfi", "-i", small, "-f", "lavfi", "-i", large, "-map", "0", "-map", "1", *H264, str(clip))
    shown = await watched(clip, tmp_path)
    assert shown.size == (128, 96)
    assert alike(frame(await shown.file()).at(0.5, 0.5), BLUE)


def test_no_demuxer_is_allowed_that_opens_other_files() -> None:
    """What ffmpeg calls playlists, scripts and sequences; the list of the allowed must not grow to them."""
    opening = {"hls", "concat", "dash", "image2", "imf", "webm_dash_manifest", "lavfi"}
    assert not opening & set(DEMUXERS.split(","))


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4"])
async def test_pictures_hours_apart_are_refused_also_where_the_header_says_so(
    name: str, tmp_path: Path
) -> None:
    """They fill less than a thousand bits a second, as few as a header is believed, without the padding."""
    clip = pictures_hours_apart(tmp_path / name)
    padded = clip.read_bytes() + b"\0" * 3_000_000
    clip.write_bytes(padded)
    assert isinstance(await refusal(clip), errors.TooSparse)


async def test_a_few_bytes_that_claim_millions_of_pictures_take_no_gigabytes(tmp_path: Path) -> None:
    """Each claimed sample takes ffprobe 24 bytes."""
    raw = ("-c:v", "rawvideo", "-pix_fmt", "uyvy422", "-frames:v", "2")
    data = bytearray(make_clip(tmp_path / "clip.mov", *raw, sound=False, size="16x16").read_bytes())
    many = 60_000_000
    for kind, at, values in ((b"stts", 12, [many]), (b"stsc", 16, [many]), (b"stsz", 8, [1, many])):
        struct.pack_into(f">{len(values)}I", data, data.index(kind) + at, *values)
    bomb = tmp_path / "bomb.mov"
    bomb.write_bytes(data)
    before = getrusage(RUSAGE_CHILDREN).ru_maxrss
    assert isinstance(await refusal(bomb), errors.Damaged | errors.NotMedia)
    assert getrusage(RUSAGE_CHILDREN).ru_maxrss <= max(before, 1024**2)
