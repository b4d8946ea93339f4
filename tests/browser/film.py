"""A ready video put together by hand: two qualities, sound, subtitles in two languages, and a storyboard."""

from pathlib import Path

from pipeline.video import VideoStatus
from tests.browser.held import Held, make_tree
from tests.media import H264, ffmpeg

SECONDS = 24
TILE = (160, 90)
WORDS = {"eng": "A white square", "ger": "Ein wei\N{LATIN SMALL LETTER SHARP S}es Quadrat"}
"""What the subtitles say from second 2 to second 20."""
_MASTER = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,URI="audio/index.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="words",NAME="English",LANGUAGE="eng",AUTOSELECT=YES,URI="eng/index.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="words",NAME="Deutsch",LANGUAGE="ger",AUTOSELECT=YES,URI="ger/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,AUDIO="audio",SUBTITLES="words"
360p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=300000,CODECS="avc1.64000c,mp4a.40.2",RESOLUTION=320x180,AUDIO="audio",SUBTITLES="words"
180p/index.m3u8
"""
_SPOKEN = f"""#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:{SECONDS}
#EXT-X-PLAYLIST-TYPE:VOD
#EXTINF:{SECONDS}.0,
00000.vtt
#EXT-X-ENDLIST
"""


def make_film(folder: Path) -> Path:
    """`hls/` and `storyboard/` below `folder`."""
    hls = make_tree(folder / "hls", SECONDS)
    _add_small(hls / "180p")
    for language, words in WORDS.items():
        (hls / language).mkdir()
        (hls / language / "index.m3u8").write_text(_SPOKEN)
        cue = f"00:00:02.000 --> 00:00:20.000\n{words}\n"
        clock = "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000"
        (hls / language / "00000.vtt").write_text(f"WEBVTT\n{clock}\n\n{cue}")
    (hls / "master.m3u8").write_text(_MASTER)
    _draw(folder / "storyboard")
    return folder


def put_film(api: Held, film: Path, file: Path, *, storyboard: bool = True) -> str:
    """The id of a video that is ready and plays it; `file` is what was uploaded."""
    video_id = api.upload(file)
    made, drawn = f"{video_id}/1/transcode/9/", f"{video_id}/1/storyboard/8/"
    api.put(film / "hls", made)
    api.put(film / "storyboard", drawn)
    api.showing.status = VideoStatus.READY
    api.showing.playback = {"hls": f"{made}master.m3u8"}
    if storyboard:
        api.showing.playback |= {"storyboard": f"{drawn}index.vtt"}
    return video_id


def _add_small(folder: Path) -> None:
    folder.mkdir()
    picture = f"testsrc2=size=320x180:rate=25:duration={SECONDS}"
    listed = ("-hls_time", "4", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4")
    named = ("-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", f"{folder}/%05d.m4s")
    even = ("-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-b:v", "150k", "-output_ts_offset", "10")
    tracks = ("-hls_segment_options", "movflags=+frag_discont")
    source = ("-f", "lavfi", "-i", picture)
    ffmpeg(*source, *H264, *even, "-f", "hls", *listed, *named, *tracks, f"{folder}/index.m3u8")


def _draw(folder: Path) -> None:
    """A tile every two seconds, all in a row."""
    folder.mkdir()
    count, (width, height) = SECONDS // 2, TILE
    picture = f"testsrc2=size={width}x{height}:rate=0.5:duration={SECONDS},tile={count}x1"
    ffmpeg("-f", "lavfi", "-i", picture, "-frames:v", "1", str(folder / "sheet.jpg"))
    cues = (
        f"00:00:{2 * tile:02}.000 --> 00:00:{2 * tile + 2:02}.000\n"
        f"sheet.jpg#xywh={tile * width},0,{width},{height}\n"
        for tile in range(count)
    )
    (folder / "index.vtt").write_text("WEBVTT\n\n" + "\n".join(cues))
