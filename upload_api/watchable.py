"""What can be watched of a video now: what was made of it, the upload as it is, or a playlist that grows."""

from dataclasses import dataclass

from pipeline.video import Video, VideoStatus

_TYPES = {
    "video/mp4": "video/mp4",
    "video/quicktime": "video/mp4",  # browsers play it only under this name
    "video/webm": "video/webm",
    "audio/mp4": "audio/mp4",
    "audio/mpeg": "audio/mpeg",
    "audio/webm": "audio/webm",
    "audio/ogg": "audio/ogg",
    "audio/flac": "audio/flac",
    "audio/wav": "audio/wav",
}
"""By the type that the plan found, never by what the uploader said: whatever is served has one of these."""
_KEPT = {VideoStatus.PROCESSING, VideoStatus.READY, VideoStatus.FAILED}
"""A cancelled video is not shown any more. One that failed may be watched as it was uploaded, or made."""


@dataclass(frozen=True)
class Original:
    key: str
    content_type: str


def original_of(video: Video) -> Original | None:
    key, found = video.playback.get("original"), video.playback.get("original_type")
    if not key or found not in _TYPES or video.status not in _KEPT:
        return None
    return Original(key, _TYPES[found])


def is_live(video: Video) -> bool:
    """Whether its first quality plays while it is made. The playlist of a failed video would never end."""
    return bool(video.playback.get("live")) and video.status in {VideoStatus.PROCESSING, VideoStatus.READY}


def is_playable(video: Video) -> bool:
    return video.status == VideoStatus.READY or _is_made(video) or is_live(video) or bool(original_of(video))


def _is_made(video: Video) -> bool:
    """Also of one whose second making was cancelled: that took nothing away of the first."""
    hls = video.playback.get("hls")
    return bool(hls) and (video.status in _KEPT or 0 < video.run_of(hls) < video.run)
