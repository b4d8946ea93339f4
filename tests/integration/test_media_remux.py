"""The copy with an index: nothing of what the file says of itself goes into it, but what chunks need does."""

from pathlib import Path

import pytest

from tests.media import H264, ffmpeg, ffprobe, make_clip
from workers.media.probe import look, scan
from workers.media.remux import remux
from workers.media.source import Source
from workers.media.subtitles import tracks

PRIVATE = {"location": "+52.5200+013.4050/", "comment": "at home", "artist": "Jane Roe"}
FRAGMENTED = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")
CUES = "1\n00:00:00,500 --> 00:00:01,000\nGuten Tag\n"


def fragmented(path: Path) -> Path:
    """As phones stream: turned, with sound and subtitles that name their language, and with private tags."""
    told = [word for name, value in PRIVATE.items() for word in ("-metadata", f"{name}={value}")]
    plain = make_clip(path.with_name("plain.mp4"), *H264, "-c:a", "aac", seconds=2, size="64x48")
    cues = path.with_name("cues.srt")
    cues.write_text(CUES)
    turned = path.with_name("turned.mp4")
    ffmpeg("-i", str(plain), "-c", "copy", "-metadata:s:v", "rotate=90", str(turned))
    languages = ("-metadata:s:a", "language=deu", "-metadata:s:s", "language=fra")
    ffmpeg("-i", str(turned), "-i", str(cues), "-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text",
           *languages, *told, "-metadata:s:v", "comment=at home", *FRAGMENTED, str(path))  # fmt: skip
    return path


async def copied(clip: Path, copy: Path) -> tuple[Source, Source]:
    source = await scan(await look(str(clip)), str(clip))
    made = await remux(source, str(clip), copy)
    assert made is not None
    return source, made


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
async def test_a_copy_says_nothing_of_where_and_by_whom_it_was_filmed(suffix: str, tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / f"clip.{suffix}",
        *H264,
        *(word for name, value in PRIVATE.items() for word in ("-metadata", f"{name}={value}")),
        *("-metadata:s:v", "comment=at home"),
        *(FRAGMENTED if suffix == "mp4" else ("-live", "1")),
        seconds=2,
        size="64x48",
    )
    assert any(value.encode() in clip.read_bytes() for value in PRIVATE.values())
    copy = tmp_path / f"copy.{suffix}"
    await copied(clip, copy)
    assert not [value for value in PRIVATE.values() if value.encode() in copy.read_bytes()]


async def test_a_copy_is_turned_and_speaks_the_languages_that_the_original_does(tmp_path: Path) -> None:
    clip, copy = fragmented(tmp_path / "clip.mp4"), tmp_path / "copy.mp4"
    source, made = await copied(clip, copy)
    assert (source.video and source.video.rotation, made.video and made.video.rotation) == (270, 270)
    assert [one.language for one in tracks(made).values()] == ["fra"]
    streams = ffprobe(copy, "-show_streams")["streams"]
    assert [stream["tags"].get("language") for stream in streams] == ["und", "deu", "fra"]
    assert "side_data_list" in streams[0], "it is turned by its matrix"
    assert not [value for value in PRIVATE.values() if value.encode() in copy.read_bytes()]
