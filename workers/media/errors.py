"""What a source can be refused for, and what can go wrong while ffmpeg works: code, words, next step."""

from pipeline.errors import Outage, Permanent, Transient

_CONVERT = "Convert it to MP4 with H.264 and AAC, with HandBrake for example, and upload that."


class NotMedia(Permanent):
    code = "not_media"
    message = "This is not a video or audio file that can be read."
    hint = (
        "Check that it plays on your computer; if it was still being copied or downloaded, upload it again."
    )


class ContainerRefused(Permanent):
    code = "container_not_allowed"
    message = "This kind of file is not accepted."
    hint = "Upload MP4, MOV, MKV, WebM, AVI, MPEG-TS or another common video or audio file."


class StillImage(Permanent):
    code = "still_image"
    message = "This is a picture, not a video."
    hint = "Upload a video or audio file."


class NothingToPlay(Permanent):
    code = "no_video_or_audio"
    message = "The file holds neither video nor audio."
    hint = "Check that you picked the right file."


class Encrypted(Permanent):
    code = "media_encrypted"
    message = "The file is encrypted (DRM) and cannot be played without its key."
    hint = "Upload a copy without protection."


class CodecRefused(Permanent):
    code = "codec_not_supported"
    message = "The video or audio is in a format that cannot be decoded here."
    hint = _CONVERT


class TooManyPixels(Permanent):
    code = "too_many_pixels"
    message = "The picture is larger than the largest that is accepted."
    hint = "Scale it down to 8K (7680x4320) or less and upload that."


class TooManyStreams(Permanent):
    code = "too_many_streams"
    message = "The file holds more streams than any real video."
    hint = _CONVERT


class TooLong(Permanent):
    code = "too_long"
    message = "The video is longer than the longest that is accepted."
    hint = "Cut it into parts and upload each."


class TooSparse(Permanent):
    code = "frames_too_far_apart"
    message = "The pictures lie too far apart in time to be a video."
    hint = "Export it again with a constant frame rate."


class Damaged(Permanent):
    code = "media_damaged"
    message = "The file is damaged: too little of it can be decoded."
    hint = "Upload it again from the original; if that is damaged too, try to repair or re-export it."


class SourceChanged(Permanent):
    code = "source_changed"
    message = "The upload in the object store is not what was accepted."
    hint = "Upload it again; look for what cut or replaced the object, for Reelmill never does."


class FfmpegMissing(Outage):
    code = "ffmpeg_missing"
    message = "ffmpeg is not installed where this worker runs."
    hint = "Install ffmpeg (5.1 or later, with ffprobe) and util-linux; work goes on by itself."


class NotConfined(Outage):
    code = "tool_not_confined"
    message = "ffmpeg could not be started within its limits on this worker."
    hint = "Look at the cores, the memory limit and the rights of the worker; work goes on by itself."


class FfmpegKilled(Transient):
    code = "ffmpeg_killed"
    message = "ffmpeg was stopped from outside before it was done."
    hint = "It is tried again; if it stays, the machine may be out of memory."


class FfmpegStalled(Transient):
    code = "ffmpeg_stalled"
    message = "ffmpeg stopped making progress."
    hint = "It is tried again; if it stays, look at the load of the machine and of the object store."


class SourceUnreadable(Transient):
    code = "source_unreadable"
    message = "Reading the source from the object store broke off."
    hint = "It is tried again; check the network between worker and store."


class OutputIncomplete(Transient):
    code = "output_incomplete"
    message = "What was made is not complete in the object store."
    hint = "It is tried again; if it stays, check the disk space of workers and store."
