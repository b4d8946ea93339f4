"""What ffmpeg may open and decode, and how much: an attacker chooses the file, we the code it meets."""

import os
from dataclasses import dataclass
from datetime import timedelta

MAX_PIXELS = 8192 * 4352
"""8K, rounded up to whole macroblocks in both its UHD and DCI shapes."""
MAX_STREAMS = 64
"""A film with many dubs and subtitles has about 40; bombs have hundreds."""
MAX_DURATION = timedelta(hours=12)
"""Above any film, match or lecture; below what a forged header can make of one small file."""
MAX_GAP = timedelta(minutes=10)
"""Between two pictures. A constant frame rate fills the gap with copies, each of which is encoded."""

DEMUXERS = (
    "mov,matroska,avi,mpegts,mpeg,flv,asf,mxf,dv,ivf,nut,ogg,mp3,aac,ac3,eac3,flac,wav,w64,aiff,caf,amr,au"
)
"""None of them opens a second file: playlists, concat scripts, subtitles and image sequences are left out."""

_VIDEO = (
    "h264 hevc vp8 vp9 av1 mpeg1video mpeg2video mpeg4 msmpeg4v1 msmpeg4v2 msmpeg4v3 h261 h263 flv1 vp6 vp6f "
    "wmv1 wmv2 wmv3 vc1 theora mjpeg prores dnxhd cfhd dvvideo ffv1 huffyuv ffvhuff utvideo rawvideo v210 "
    "cinepak svq1 svq3 qtrle png jpeg2000"
)
_AUDIO = (
    "aac aac_latm mp3 mp2 mp1 ac3 eac3 dts truehd mlp flac alac vorbis opus speex amr_nb amr_wb wmav1 wmav2 "
    "wmapro nellymoser gsm gsm_ms adpcm_ms adpcm_ima_wav adpcm_ima_qt adpcm_swf pcm_alaw pcm_mulaw pcm_u8 "
    "pcm_s8 pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le pcm_f32be pcm_f64le "
    "pcm_f64be pcm_bluray pcm_dvd"
)
CODECS = frozenset(f"{_VIDEO} {_AUDIO}".split())
"""As ffprobe names them. MagicYUV is left out for CVE-2026-8461, the rest because no camera makes it."""

# Decoders are allow-listed by their own names, which differ from the codec's here.
_DECODERS = {
    "av1": ("libdav1d", "libaom-av1", "av1"),
    "msmpeg4v3": ("msmpeg4",),
    "flv1": ("flv",),
    "mp3": ("mp3float", "mp3"),
    "mp2": ("mp2float", "mp2"),
    "mp1": ("mp1float", "mp1"),
    "dts": ("dca",),
    "amr_nb": ("amrnb",),
    "amr_wb": ("amrwb",),
    "speex": ("speex", "libspeex"),
}
# ffprobe gives up on a file with a stream that it may not open, be it one that nobody asked for.
_BESIDE = "ass ssa subrip srt mov_text webvtt text dvdsub dvbsub pgssub cc_dec bmp gif webp"
DECODERS = tuple(
    sorted([*(decoder for codec in CODECS for decoder in _DECODERS.get(codec, (codec,))), *_BESIDE.split()])
)

_REMOTE = {
    "reconnect": "1",
    "reconnect_on_network_error": "1",
    "reconnect_on_http_error": "5xx",
    "reconnect_delay_max": "5",  # seconds; a longer outage is the runner's to wait for
    "rw_timeout": "30000000",  # microseconds without a byte
}


@dataclass(frozen=True)
class Input:
    """A source as ffmpeg is to open it."""

    url: str
    options: dict[str, str]


def guarded_input(location: str) -> Input:
    """`location` as an input that can reach itself and nothing else, in allowed formats and codecs only."""
    limits = {
        "format_whitelist": DEMUXERS,
        "codec_whitelist": ",".join(DECODERS),
        "max_pixels": str(MAX_PIXELS),
        "max_streams": str(MAX_STREAMS),
    }
    if location.startswith("https://"):
        return Input(location, {"protocol_whitelist": "https,tls,tcp", **_REMOTE, **_vouched(), **limits})
    if location.startswith("http://"):
        return Input(location, {"protocol_whitelist": "http,tcp", **_REMOTE, **limits})
    return Input(f"file:{location}", {"protocol_whitelist": "file", **limits})


def _vouched() -> dict[str, str]:
    """ffmpeg checks no certificate unless it is told to, and then goes by the system's authorities."""
    trusted = os.environ.get("SSL_CERT_FILE")
    return {"tls_verify": "1", **({"ca_file": trusted} if trusted else {})}
