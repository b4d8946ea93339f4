"""The MP4 to keep: all frames of the best rendition, and the sound in step, with the real ffmpeg."""

import re
import subprocess
from pathlib import Path
from posixpath import normpath

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.events import DownloadMade, VideoTranscoded
from tests.media import H264, content, ffmpeg, ffprobe, frame_count, job_for, joined, make_clip
from tests.transcoding import transcoded
from workers.download import download
from workers.media.errors import OutputIncomplete
from workers.media.footage import open_tree
from workers.media.retiming import lift


async def kept(event: VideoTranscoded, store: MemoryStore, folder: Path) -> Path:
    [made] = await download(event, job_for(event, store, folder, "download"))
    assert isinstance(made, DownloadMade)
    file = folder / made.download.rpartition("/")[2]
    file.write_bytes(await content(store, made.download))
    assert made.size == file.stat().st_size
    return file


def flashing(path: Path, *, rate: str = "25", seconds: int = 9) -> Path:
    """In the first frame of each second white, and in its first 40 ms a tone."""
    flash = f"drawbox=c=white:t=fill:enable='lt(mod(t,1),{0.999 * frame_seconds(rate)})'"
    picture = f"color=black:size=320x240:rate={rate}:duration={seconds},{flash}"
    tone = f"aevalsrc='if(lt(mod(t,1),0.04),sin(2*PI*1000*t),0)':s=48000:d={seconds}"
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, *H264, "-c:a", "flac", str(path))
    return path


def frame_seconds(rate: str) -> float:
    above, _, below = rate.partition("/")
    return int(below or 1) / int(above)


def heard(file: Path, picture: str, sound: str) -> str:
    """What two filters say of a file."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-i", str(file), "-vf", picture, "-af", sound]
    return subprocess.run(
        [*command, "-f", "null", "-"], capture_output=True, check=True, text=True, timeout=60
    ).stderr


@pytest.mark.parametrize("rate", ["25", "30000/1001"])
async def test_picture_and_sound_are_in_step_from_start_to_end(rate: str, tmp_path: Path) -> None:
    event, store = await transcoded(flashing(tmp_path / "clip.mkv", rate=rate), tmp_path)
    file = await kept(event, store, tmp_path)
    said = heard(file, "blackdetect=d=0.1:pix_th=0.5", "silencedetect=n=-40dB:d=0.5")
    flashes = [float(time) for time in re.findall(r"black_end:([\d.]+)", said)]
    tones = [float(time) for time in re.findall(r"silence_end: ([\d.]+)", said)]
    assert len(flashes) >= 8
    assert flashes[:8] == pytest.approx(tones[:8], abs=0.02 + frame_seconds(rate) / 2)
    assert tones[:8] == pytest.approx(range(1, 9), abs=0.005)


async def test_every_frame_of_the_best_rendition_comes_out_unchanged(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", seconds=9, size="640x480"), tmp_path)
    file = await kept(event, store, tmp_path)
    whole = await joined(event, "480p", store, tmp_path)
    assert frame_count(file) == frame_count(whole) == 225
    video, audio = ffprobe(file, "-show_streams")["streams"]
    assert (video["codec_name"], video["width"], audio["codec_name"]) == ("h264", 640, "aac")
    assert [video["start_time"], audio["start_time"]] == ["0.000000", "0.000000"]
    data = file.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


async def test_without_sound_there_is_a_silent_film(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", sound=False), tmp_path)
    assert len(ffprobe(await kept(event, store, tmp_path), "-show_streams")["streams"]) == 1


async def test_of_sound_alone_there_is_a_sound_file(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=duration=7", str(tmp_path / "clip.mp3"))
    event, store = await transcoded(tmp_path / "clip.mp3", tmp_path)
    file = await kept(event, store, tmp_path)
    assert file.name == "sound.m4a"
    assert float(ffprobe(file, "-show_format")["format"]["duration"]) == pytest.approx(7, abs=0.05)


async def test_a_segment_that_is_cut_short_is_found_before_anything_is_offered(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", seconds=9), tmp_path)
    footage = (await open_tree(store, event.hls))[event.renditions[0].name]
    key = normpath(f"{footage.folder}/{footage.playlist.segments[1]}")
    await store.put(key, (await content(store, key))[:-100], "video/mp4")
    with pytest.raises(OutputIncomplete):
        await kept(event, store, tmp_path)


async def test_lifting_says_by_how_much_and_does_nothing_the_second_time(tmp_path: Path) -> None:
    event, store = await transcoded(make_clip(tmp_path / "clip.mp4", *H264, "-bf", "2"), tmp_path)
    whole = await joined(event, event.renditions[0].name, store, tmp_path)
    assert float(lift(whole)) == pytest.approx(0.08)
    assert lift(whole) == 0
