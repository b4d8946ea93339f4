"""HLS trees to be checked: ours as the transcode handler makes it, and others' as their commands do."""

import re
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

from cli.conformance.inspection import Inspection, inspect
from cli.conformance.places import Folder
from tests.media import content, ffmpeg, make_clip
from tests.transcoding import transcoded

WORDS = """WEBVTT
X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000

00:00:01.000 --> 00:00:02.500
Hello.

second
00:00:08.000 --> 00:00:09.500 line:0
Good bye.
"""
_WORDS_LIST = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:9
#EXT-X-PLAYLIST-TYPE:VOD
#EXTINF:9.000,
0.vtt
#EXT-X-ENDLIST
"""


_PEERTUBE = ("-c:v", "libx264", "-preset", "veryfast", "-b_strategy", "1", "-bf", "16", "-g", "48")


@dataclass(frozen=True)
class Copy:
    """A tree of the test's own, to be broken."""

    root: Path

    @property
    def master(self) -> Path:
        return self.root / "master.m3u8"

    def playlist(self, rendition: str) -> Path:
        return self.root / rendition / "index.m3u8"

    def segments(self, rendition: str) -> list[Path]:
        named = re.findall(r"^(?!#)\S+", self.playlist(rendition).read_text(), re.MULTILINE)
        return [self.root / rendition / name for name in named]

    def edit(self, file: Path, pattern: str, text: str, count: int = 0) -> None:
        """Fails when there is nothing to change: a fault that is none proves nothing."""
        before = file.read_text()
        after = re.sub(pattern, text, before, count=count, flags=re.MULTILINE)
        assert after != before, f"{file.name} has no {pattern}"
        file.write_text(after)

    def inspect(self) -> Inspection:
        return inspect(Folder(), str(self.master))

    def codes(self) -> set[str]:
        return {finding.code for finding in self.inspect().findings}


def shift(segment: Path, seconds: float, clock: int) -> None:
    """Decodes it later, by its tfdt."""
    data = bytearray(segment.read_bytes())
    at = data.index(b"tfdt")
    assert data[at + 4] == 1, "a clock of 64 bits"
    (time,) = struct.unpack_from(">Q", data, at + 8)
    struct.pack_into(">Q", data, at + 8, time + round(seconds * clock))
    segment.write_bytes(data)


def show_later(segment: Path, ticks: int) -> None:
    """Adds to the composition offset of every sample; each has all four fields, as ffmpeg writes pictures."""
    data = bytearray(segment.read_bytes())
    at = data.index(b"trun")
    flags, count = struct.unpack_from(">II", data, at + 4)
    fields = (flags & 0xF00).bit_count()
    start = at + 12 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    assert flags & 0x800, "a composition offset"
    for number in range(count):
        place = start + 4 * (fields * number + fields - 1)
        (offset,) = struct.unpack_from(">i", data, place)
        struct.pack_into(">i", data, place, offset + ticks)
    segment.write_bytes(data)


def pictures(segment: Path) -> list[tuple[int, int]]:
    """Where each NAL unit starts, and its kind, in a segment of one mdat; 0 for what no other refers to."""
    data = segment.read_bytes()
    at = data.index(b"mdat") + 4
    found = []
    while at < len(data):
        found.append((at + 4, data[at + 4] & 0x1F if data[at + 4] != 1 else 0))
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return found


def rename_picture(segment: Path, kind: int, to: int, which: int) -> None:
    """Makes a NAL unit, such as the second of kind 5, one of another kind."""
    place = [place for place, found in pictures(segment) if found == kind][which]
    data = bytearray(segment.read_bytes())
    data[place] = data[place] & 0xE0 | to
    segment.write_bytes(data)


async def make_own(folder: Path) -> Path:
    """9 s in two rungs with sound, and subtitles beside it."""
    scratch = folder / "scratch"
    scratch.mkdir()
    clip = make_clip(scratch / "clip.mp4", seconds=9, size="640x360")
    event, store = await transcoded(clip, scratch)
    for info in await store.list(event.hls.partition("/")[0]):
        file = folder / info.key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(await content(store, info.key))
    assert inspect(Folder(), str(folder / event.hls)).findings == [], "as it lies in the store"
    root = (folder / event.hls).parent
    for playlist in root.glob("*/index.m3u8"):
        _gather(playlist)
    return root


def _gather(playlist: Path) -> None:
    """Puts beside a playlist what it names in the folders of other jobs."""
    text = playlist.read_text()
    for uri in set(re.findall(r'^(?!#)\S+|(?<=URI=")[^"]+', text, re.MULTILINE)):
        if "/" in uri:
            shutil.copy(playlist.parent / uri, playlist.parent)
            text = text.replace(uri, uri.rpartition("/")[2])
    playlist.write_text(text)


def add_words(copy: Copy) -> None:
    (copy.root / "words").mkdir()
    (copy.root / "words" / "0.vtt").write_text(WORDS)
    copy.playlist("words").write_text(_WORDS_LIST)
    named = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="words",NAME="English",LANGUAGE="en",URI="words/index.m3u8"'
    copy.edit(copy.master, r"(#EXT-X-STREAM-INF:.*)", r'\1,SUBTITLES="words"')
    copy.edit(copy.master, r"(#EXT-X-STREAM-INF:)", rf"{named}\n\1", count=1)


def make_growing(folder: Path) -> Copy:
    """About a hundred tiny segments of a playlist that grows, whose master tells what it may become."""
    (folder / "all").mkdir(parents=True)
    flags = "movflags=+frag_discont+negative_cts_offsets"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25:duration=9"),
        *("-c:v", "libx264", "-g", "2", "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-f", "hls"),
        *("-hls_time", "0.07", "-hls_playlist_type", "event", "-hls_segment_type", "fmp4"),
        *("-hls_segment_options", flags, "-output_ts_offset", "10"),
        *("-hls_segment_filename", str(folder / "all" / "%05d.m4s"), str(folder / "all" / "index.m3u8")),
    )
    copy = Copy(folder)
    copy.edit(copy.playlist("all"), "#EXT-X-ENDLIST\n", "")
    told = (
        'BANDWIDTH=9000000,AVERAGE-BANDWIDTH=9000000,CODECS="avc1.64000a",RESOLUTION=64x36,FRAME-RATE=25.000'
    )
    text = (
        f"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-STREAM-INF:{told}\nall/index.m3u8\n"
    )
    copy.master.write_text(text)
    return copy


def make_peers(
    source: Path,
    folder: Path,
    *options: str,
    sides: tuple[int, ...] = (240, 144),
    encoder: tuple[str, ...] = _PEERTUBE,
) -> Copy:
    """As PeerTube does: a process for each rendition, keyframes wherever its encoder likes, sound in each.

    `{}` in an option is the rendition's folder.
    """
    lines = ["#EXTM3U", "#EXT-X-VERSION:7"]
    for side in sides:
        (folder / str(side)).mkdir()
        ffmpeg(
            *("-i", str(source), "-threads", "1", "-vf", f"scale=-2:{side}", *encoder),
            *("-maxrate", "400k", "-bufsize", "800k", "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "hls"),
            *("-hls_time", "4", "-hls_list_size", "0", "-hls_playlist_type", "vod"),
            *(option.format(folder / str(side)) for option in options),
            str(folder / str(side) / "index.m3u8"),
        )
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH=500000,RESOLUTION={side * 16 // 9}x{side}",
            f"{side}/index.m3u8",
        ]
    (folder / "master.m3u8").write_text("\n".join(lines) + "\n")
    return Copy(folder)


def make_restless(file: Path) -> Path:
    """A slow blend under noise: small and large encodes see its scene cut at different times."""
    blend = "xfade=transition=fade:duration=1:offset=2.1,trim=duration=9,noise=alls=20:allf=t"
    ffmpeg(
        *("-f", "lavfi", "-i", "mandelbrot=size=426x240:rate=24:end_scale=0.01"),
        *("-f", "lavfi", "-i", "testsrc2=size=426x240:rate=24", "-f", "lavfi", "-i", "sine=duration=9"),
        "-filter_complex",
        f"[0]trim=duration=3.1,format=yuv420p[a];[1]trim=duration=6.9,format=yuv420p[b];[a][b]{blend}[v]",
        *("-map", "[v]", "-map", "2:a", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(file)),
    )
    return file
