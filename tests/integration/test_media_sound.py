"""The sound as its maker heard it: in time, in stereo, at its loudness, as long as the picture."""

from math import sqrt
from pathlib import Path

import pytest

from tests.media import H264, ffmpeg, make_clip, text
from tests.watching import SECOND, brightness, level, onset, samples, watched

TONE = "0.25*sin(2*PI*440*t)"
LOUDNESS = 0.25 / sqrt(2)
SIX = ("FL", "FR", "FC", "LFE", "BL", "BR")
EIGHT = (*SIX, "SL", "SR")


def tone(path: Path, *options: str, channels: str = "c=mono", value: str = TONE, rate: int = 48_000) -> Path:
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc={value}:{channels}:s={rate}:d=1", *options, str(path))
    return path


def only(speaker: str, layout: tuple[str, ...]) -> str:
    return "|".join(TONE if name == speaker else "0" for name in layout)


async def loudness(clip: Path, scratch: Path) -> list[float]:
    """Left and right, in parts of the tone's own."""
    file = await (await watched(clip, scratch)).file("audio")
    return [level(samples(file, channel), 0.2, 0.8) / LOUDNESS for channel in (0, 1)]


@pytest.mark.parametrize(
    ("speaker", "left", "right"),
    [("FL", 1, 0), ("FR", 0, 1), ("FC", 0.707, 0.707), ("LFE", 0, 0), ("BL", 0.5, 0), ("BR", 0, 0.5)],
)
async def test_six_channels_become_two_that_keep_dialogue(
    speaker: str, left: float, right: float, tmp_path: Path
) -> None:
    """Neither codec nor sample format may change it: ffmpeg turns integers down, and floats not."""
    clip = tone(tmp_path / "clip.wav", channels="c=5.1", value=only(speaker, SIX))
    assert await loudness(clip, tmp_path) == pytest.approx([left, right], abs=0.03)


@pytest.mark.parametrize(
    ("name", "layout", "codec"), [("5.1", SIX, "ac3"), ("7.1", EIGHT, "flac"), ("7.1", EIGHT, "aac")]
)
async def test_dialogue_is_as_loud_from_every_codec(
    name: str, layout: tuple[str, ...], codec: str, tmp_path: Path
) -> None:
    clip = tone(
        tmp_path / "clip.mkv", "-c:a", codec, "-b:a", "640k", channels=f"c={name}", value=only("FC", layout)
    )
    assert await loudness(clip, tmp_path) == pytest.approx([0.707, 0.707], abs=0.05)


async def test_many_loud_channels_are_not_clipped(tmp_path: Path) -> None:
    clip = tone(tmp_path / "clip.wav", channels="c=7.1", value="|".join(["0.9*sin(2*PI*440*t)"] * 8))
    heard = samples(await (await watched(clip, tmp_path)).file("audio"))
    loudest = max(abs(value) for value in heard[SECOND // 2 :])
    assert 0.9 < loudest <= 1.0


@pytest.mark.parametrize("rate", [8_000, 11_025, 96_000])
async def test_mono_of_any_rate_is_heard_on_both_sides_as_loud_as_it_was(rate: int, tmp_path: Path) -> None:
    clip = tone(tmp_path / "clip.wav", rate=rate)
    file = await (await watched(clip, tmp_path)).file("audio")
    left, right = (samples(file, channel) for channel in (0, 1))
    assert level(left, 0.2, 0.8) == pytest.approx(LOUDNESS, rel=0.03)
    assert level(right, 0.2, 0.8) == pytest.approx(LOUDNESS, rel=0.03)
    above = [
        one <= 0 < other for one, other in zip(left[SECOND // 5 :], left[SECOND // 5 + 1 :], strict=False)
    ]
    assert sum(above[: SECOND // 2]) == pytest.approx(220, abs=1)  # so fast as it was


async def test_channels_without_names_are_heard(tmp_path: Path) -> None:
    clip = tone(tmp_path / "clip.wav", "-c:a", "pcm_s16le", channels="c=4.0", value="|".join([TONE] * 4))
    assert min(await loudness(clip, tmp_path)) > 0.5


def beeps(path: Path, *options: str, at: float, picture_late: float = 0, sound_late: float = 0) -> Path:
    """A beep and a flash of 80 ms in six seconds, each shifted by what its track is late."""
    picture, sound = path.with_suffix(".picture.mkv"), path.with_suffix(".sound.mkv")
    seen = f"drawbox=c=white:t=fill:enable='between(t,{at},{at + 0.07})'"
    flash = f"color=black:size=64x64:rate=25:duration=6,{seen}"
    ffmpeg("-f", "lavfi", "-i", flash, *H264, "-g", "25", str(picture))
    beep = f"aevalsrc=if(between(t\\,{at}\\,{at}+0.08)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000:d=6"
    ffmpeg("-f", "lavfi", "-i", beep, "-c:a", "pcm_s16le", str(sound))
    late = (
        "-itsoffset",
        str(picture_late),
        "-i",
        str(picture),
        "-itsoffset",
        str(sound_late),
        "-i",
        str(sound),
    )
    ffmpeg(*late, "-map", "0", "-map", "1", "-c:v", "copy", *options, str(path))
    return path


async def moments(clip: Path, scratch: Path) -> tuple[float, float]:
    """When the flash is seen, and when the beep is heard."""
    shown = await watched(clip, scratch)
    bright = brightness(await shown.file())
    return next(n for n, value in enumerate(bright) if value > 100) / 25, onset(
        samples(await shown.file("audio"))
    )


@pytest.mark.parametrize("kind", ["mkv", "mp4", "ts"])
@pytest.mark.parametrize(("picture_late", "sound_late"), [(0, 0), (0, 1.5), (1.5, 0), (-0.52, 0)])
async def test_late_and_early_sound_stays_in_step(
    kind: str, picture_late: float, sound_late: float, tmp_path: Path
) -> None:
    """Long enough for picture and sound to be encoded apart, where no browser plays it: ffmpeg then starts to
    count with whichever it reads, and in a TS even sound that is in step comes first, by its priming."""
    codec = ("-c:a", "pcm_s16le" if kind == "mkv" else "aac")
    clip = beeps(tmp_path / f"clip.{kind}", *codec, at=2, picture_late=picture_late, sound_late=sound_late)
    flash, beep = await moments(clip, tmp_path)
    assert beep - flash == pytest.approx(sound_late - picture_late, abs=0.02)


async def test_a_step_of_milliseconds_in_the_clock_of_sound_moves_it_no_further(tmp_path: Path) -> None:
    step = ("-c:a", "pcm_s16le", "-af", "asetpts=PTS+gt(T\\,1)*0.02/TB")
    flash, beep = await moments(beeps(tmp_path / "clip.mkv", *step, at=2), tmp_path)
    assert beep - flash == pytest.approx(0.02, abs=0.02)


async def test_flash_and_beep_are_in_step_at_start_and_end(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    moments = "between(mod(t,4),1,1.07)"
    flash = f"color=black:size=64x64:rate=30000/1001:duration=10,drawbox=c=white:t=fill:enable='{moments}'"
    beep = "aevalsrc=if(between(mod(t\\,4)\\,1\\,1.08)\\,0.5*sin(2*PI*1000*t)\\,0):s=44100:d=10"
    ffmpeg("-f", "lavfi", "-i", flash, "-f", "lavfi", "-i", beep, *H264, "-c:a", "aac", str(clip))
    shown = await watched(clip, tmp_path)
    bright, heard = brightness(await shown.file()), samples(await shown.file("audio"))
    for at in (1, 5, 9):
        first = next(n for n, value in enumerate(bright) if value > 100 and n / 29.97 > at - 0.5) / 29.97
        assert onset(heard, after=at - 0.5) == pytest.approx(first, abs=0.02)
    assert len(heard) / SECOND == pytest.approx(
        len(bright) / 29.97, abs=0.02 + 0.0214
    )  # and AAC's last frame


@pytest.mark.parametrize(("picture", "sound"), [(3, 1), (1, 3), (2, 2)])
async def test_picture_and_sound_end_together(picture: int, sound: int, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        f"testsrc2=size=64x64:rate=25:duration={picture}",
        "-f",
        "lavfi",
        "-i",
        f"sine=duration={sound}",
        *H264,
        "-c:a",
        "flac",
        str(clip),
    )
    shown = await watched(clip, tmp_path)
    bright, heard = brightness(await shown.file()), samples(await shown.file("audio"))
    assert len(bright) / 25 == max(picture, sound)
    assert len(heard) / SECOND == pytest.approx(max(picture, sound), abs=0.0214)
    assert bright[-1] == pytest.approx(bright[picture * 25 - 1], abs=2)  # the last picture stays
    assert (level(heard, sound + 0.1) < 0.001) if sound < picture else (level(heard, sound - 0.5) > 0.05)


async def test_silence_stands_where_sound_is_missing_for_a_while(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    hole = "aselect='not(between(t,1,2))'"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=64x64:rate=25:duration=3",
        "-f",
        "lavfi",
        "-i",
        f"sine=duration=3,{hole}",
        *H264,
        "-c:a",
        "pcm_s16le",
        str(clip),
    )
    heard = samples(await (await watched(clip, tmp_path)).file("audio"))
    assert [level(heard, start, start + 0.6) > 0.01 for start in (0.2, 1.2, 2.2)] == [True, False, True]


async def test_the_default_of_many_tracks_is_heard(tmp_path: Path) -> None:
    clip, tracks = tmp_path / "clip.mkv", []
    for loud in (0, 0, 0.25):
        tracks += ["-f", "lavfi", "-i", f"aevalsrc={loud}*sin(2*PI*440*t):s=48000:d=1"]
    chosen = ("-disposition:a:0", "0", "-disposition:a:2", "default")
    maps = [word for n in range(3) for word in ("-map", str(n))]
    ffmpeg(*tracks, *maps, "-c:a", "flac", *chosen, str(clip))
    assert min(await loudness(clip, tmp_path)) > 0.9


async def test_a_song_with_a_cover_is_sound_alone(tmp_path: Path) -> None:
    cover, song = make_clip(tmp_path / "cover.jpg", "-frames:v", "1", sound=False), tmp_path / "song.m4a"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "sine=duration=1",
        "-i",
        str(cover),
        "-map",
        "0",
        "-map",
        "1",
        "-c:v",
        "copy",
        "-disposition:v:0",
        "attached_pic",
        str(song),
    )
    shown = await watched(song, tmp_path)
    assert (shown.event.has_video, shown.event.has_audio) == (False, True)
    assert "RESOLUTION" not in await text(shown.store, shown.event.hls)
