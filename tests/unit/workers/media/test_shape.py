"""What the bytes of real files tell, made by ffmpeg on the spot."""

from pathlib import Path

import pytest

from pipeline.adapters.memory_store import MemoryStore
from tests.media import H264, SOURCE, ffmpeg, make_clip, stored
from workers.media.shape import Shape, shape_of


async def shape(path: Path) -> Shape:
    store = await stored(path)
    return await shape_of(store, SOURCE, (await store.stat(SOURCE)).size)


def clip(path: Path, *options: str) -> Path:
    return make_clip(path, *(options or H264), seconds=1, size="64x64")


@pytest.mark.parametrize("options", [(), ("-movflags", "faststart")], ids=["index last", "index first"])
async def test_an_mp4_has_an_index_wherever_it_lies(options: tuple[str, ...], tmp_path: Path) -> None:
    found = await shape(clip(tmp_path / "clip.mp4", *H264, *options))
    assert (found.kind, found.indexed, found.fragmented, found.understood) == ("mp4", True, False, True)
    assert {b"ftyp", b"mdat", b"moov", b"trak", b"udta", b"meta"} <= found.boxes


async def test_a_quicktime_file_is_read_as_an_mp4(tmp_path: Path) -> None:
    found = await shape(clip(tmp_path / "clip.mov"))
    assert (found.kind, found.indexed) == ("mp4", True)


async def test_fragments_are_told_and_so_is_their_index(tmp_path: Path) -> None:
    flags = ("-movflags", "frag_keyframe+empty_moov")
    plain = await shape(clip(tmp_path / "clip.mp4", *H264, *flags))
    assert (plain.fragmented, plain.indexed, b"mfra" in plain.boxes) == (True, False, True)
    bare = await shape(
        clip(tmp_path / "bare.mp4", *H264, "-movflags", "frag_keyframe+empty_moov+skip_trailer")
    )
    assert (bare.fragmented, b"mfra" in bare.boxes) == (True, False)
    dashed = await shape(clip(tmp_path / "dash.mp4", *H264, "-movflags", "dash+global_sidx+frag_keyframe"))
    assert b"sidx" in dashed.boxes


async def test_an_mp4_cut_short_is_seen_to_be(tmp_path: Path) -> None:
    whole = clip(tmp_path / "clip.mp4", *H264, "-movflags", "faststart")
    whole.write_bytes(whole.read_bytes()[:-100])
    found = await shape(whole)
    assert not found.understood
    assert not found.indexed


async def test_where_it_was_filmed_is_a_box(tmp_path: Path) -> None:
    said = ("-metadata", "location=+47.1+008.5/", "-movflags", "use_metadata_tags")
    assert b"meta" in (await shape(clip(tmp_path / "clip.mp4", *H264, *said))).boxes
    android = await shape(clip(tmp_path / "phone.mov", *H264, "-metadata", "location=+47.1+008.5/"))
    assert b"\xa9xyz" in android.boxes


async def test_a_webm_is_told_from_other_matroska_by_its_doctype(tmp_path: Path) -> None:
    vp8 = ("-c:v", "libvpx", "-deadline", "realtime")
    webm, matroska = clip(tmp_path / "clip.webm", *vp8), clip(tmp_path / "clip.mkv")
    assert await shape(webm) == Shape("webm", indexed=True)
    assert await shape(matroska) == Shape("matroska", indexed=True)


async def test_a_recording_that_was_streamed_has_no_cues(tmp_path: Path) -> None:
    whole, streamed = clip(tmp_path / "clip.mkv"), tmp_path / "streamed.mkv"
    ffmpeg("-i", str(whole), "-c", "copy", "-f", "matroska", "-live", "1", str(streamed))
    assert await shape(streamed) == Shape("matroska", indexed=False)


async def test_an_avi_cut_short_has_lost_its_index(tmp_path: Path) -> None:
    whole = clip(tmp_path / "clip.avi", "-c:v", "mpeg4", "-write_tmcd", "0")
    assert await shape(whole) == Shape("avi", indexed=True)
    data = whole.read_bytes()
    whole.write_bytes(data[: data.rindex(b"idx1")].replace(b"indx", b"JUNK"))
    assert await shape(whole) == Shape("avi", indexed=False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\0\0\0\x01ftyp",
        b"\0\0\0\0moov",
        b"\0\0\0\x08moov" * 1000,
        b"\x1a\x45\xdf\xa3",
        b"RIFF1234AVI ",
    ],
)
async def test_broken_files_have_no_index_and_no_traceback(data: bytes) -> None:
    store = MemoryStore()
    await store.put(SOURCE, data, "")
    found = await shape_of(store, SOURCE, len(data))
    assert not found.indexed or found.kind == "mp4"


async def test_a_transport_stream_has_no_index(tmp_path: Path) -> None:
    assert await shape(clip(tmp_path / "clip.ts")) == Shape("other", indexed=False)
