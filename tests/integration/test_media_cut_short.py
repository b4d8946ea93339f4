"""Files that were cut short are shown to where they end, and said to be so; too little is refused."""

from pathlib import Path

import pytest

from pipeline.events import MetadataExtracted, ThumbnailGenerated
from tests.media import H264, ffmpeg, job_for
from tests.watching import Watched, brightness, level, samples, watched
from workers.media.errors import Damaged, NotMedia
from workers.metadata import metadata
from workers.thumbnail import thumbnail

KINDS = {
    "clip.mp4": (*H264, "-c:a", "aac", "-movflags", "+faststart"),
    "fragments.mp4": (*H264, "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"),
    "clip.mkv": (*H264, "-c:a", "aac", "-cluster_time_limit", "500"),
    "clip.ts": (*H264, "-c:a", "aac"),
    "clip.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-cluster_time_limit", "500"),
}
SECONDS = 6


def whole(path: Path) -> Path:
    noise = f"nullsrc=size=64x64:rate=25:duration={SECONDS},geq=random(1)*255:128:128"
    sound = f"sine=duration={SECONDS}"
    ffmpeg("-f", "lavfi", "-i", noise, "-f", "lavfi", "-i", sound, *KINDS[path.name], "-g", "25", str(path))
    return path


def cut(path: Path, part: float) -> Path:
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * part)])
    return path


async def told(shown: Watched) -> dict[str, object]:
    [posters] = await thumbnail(shown.event, job_for(shown.event, shown.store, shown.folder, "thumbnail"))
    assert isinstance(posters, ThumbnailGenerated)
    [found] = await metadata(posters, job_for(posters, shown.store, shown.folder, "metadata"))
    assert isinstance(found, MetadataExtracted)
    return dict(found.metadata)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("part", [0.3, 0.71])
async def test_what_is_there_is_shown_to_its_end(name: str, part: float, tmp_path: Path) -> None:
    shown = await watched(cut(whole(tmp_path / name), part), tmp_path)
    frames = brightness(await shown.file())
    heard = samples(await shown.file("audio"))
    assert len(frames) / 25 == pytest.approx(SECONDS * part, abs=1.1)
    assert len(heard) / 48_000 == pytest.approx(len(frames) / 25, abs=0.022)
    assert level(heard, 0.1, 1) > 0.05
    if name != "fragments.mp4":  # its last fragment may or may not have said how long it was to be
        assert (await told(shown))["cut_short"] is (name != "clip.ts")  # which has no header to fall short of


async def test_a_whole_file_is_not_said_to_be_cut_short(tmp_path: Path) -> None:
    assert (await told(await watched(whole(tmp_path / "clip.mp4"), tmp_path)))["cut_short"] is False


@pytest.mark.parametrize("name", KINDS)
async def test_too_little_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises((Damaged, NotMedia)):
        await watched(cut(whole(tmp_path / name), 0.004), tmp_path)


async def test_a_recording_whose_index_was_never_written_is_refused_for_that(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x64:duration=2", *H264, str(clip))
    with pytest.raises(Damaged, match="index"):
        await watched(cut(clip, 0.6), tmp_path)
