"""What an init segment says of its codec, on what real encoders write."""

from pathlib import Path

import pytest

from cli.conformance.fragments import read_fragments
from cli.conformance.spans import measure
from cli.conformance.tracks import read_tracks
from tests.media import ffmpeg

_FRAGMENTS = ("-movflags", "+frag_keyframe+delay_moov+default_base_moof", "-f", "mp4")
_PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=322x242:rate=25:duration=1", "-pix_fmt", "yuv420p")
_SOUND = ("-f", "lavfi", "-i", "sine=duration=1")


def _track(folder: Path, *arguments: str) -> tuple[str, tuple[int, int] | None, int, int]:
    """Codec, size, frames and keyframes."""
    file = folder / "clip.mp4"
    ffmpeg(*arguments, *_FRAGMENTS, str(file))
    data = file.read_bytes()
    [track] = read_tracks(data).values()
    span = measure(track, read_fragments(data, {track.id: track})[track.id], lengths=True)
    return track.codec, track.size, span.frames, len(span.keys)


def test_h264_is_cropped_and_its_keyframes_are_told(tmp_path: Path) -> None:
    found = _track(tmp_path, *_PICTURE, "-c:v", "libx264", "-profile:v", "main", "-level", "3.1", "-g", "10")
    assert found == ("avc1.4d401f", (322, 242), 25, 3)


def test_wide_pixels_count_as_they_are_shown(tmp_path: Path) -> None:
    wide = ("-vf", "scale=320:240,setsar=4/3")
    assert _track(tmp_path, *_PICTURE, *wide, "-c:v", "libx264")[1] == (round(320 * 4 / 3), 240)


def test_interlaced_pictures_are_as_high_as_they_are(tmp_path: Path) -> None:
    fields = ("-flags", "+ildct+ilme", "-vf", "scale=320:244,setsar=1")
    assert _track(tmp_path, *_PICTURE, *fields, "-c:v", "libx264")[1] == (320, 244)


def test_hevc_is_named_and_cropped_and_its_keyframes_are_told(tmp_path: Path) -> None:
    options = ("-c:v", "libx265", "-tag:v", "hvc1", "-preset", "ultrafast", "-x265-params")
    found = _track(tmp_path, *_PICTURE, *options, "log-level=none:keyint=10:min-keyint=10:scenecut=0")
    assert found == ("hvc1.1.6.L60.90", (322, 242), 25, 3)


@pytest.mark.parametrize(
    ("options", "codec"),
    [
        (("-c:a", "aac"), "mp4a.40.2"),
        (("-c:a", "libmp3lame"), "mp4a.6b"),
        (("-c:a", "ac3"), "ac-3"),
        (("-c:a", "libopus"), "opus"),
        (("-c:a", "flac", "-strict", "-2"), "flac"),
    ],
)
def test_sound_is_named(tmp_path: Path, options: tuple[str, ...], codec: str) -> None:
    assert _track(tmp_path, *_SOUND, *options)[0] == codec


def test_vp9_is_named(tmp_path: Path) -> None:
    found = _track(tmp_path, *_PICTURE, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
    assert found[:3] == ("vp09.00.20.08", (322, 242), 25)


def test_av1_is_named(tmp_path: Path) -> None:
    small = ("-frames:v", "3", "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8")
    assert _track(tmp_path, *_PICTURE, *small)[:3] == ("av01.0.00M.08", (322, 242), 3)
