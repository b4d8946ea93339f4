"""What a tus client can be told beyond what every client can."""

from pipeline.errors import Permanent, Transient
from upload_api.errors import InvalidRequest, ServerStopping


class TusVersionUnsupported(Permanent):
    code = "tus_version_unsupported"
    message = "This server speaks another version of the tus protocol."
    hint = "Send `Tus-Resumable: 1.0.0` with every request."


class NotOffsetStream(InvalidRequest):
    code = "not_offset_stream"
    message = "The bytes of an upload have another Content-Type than tus gives them."
    hint = "Send them as `application/offset+octet-stream`."


class OffsetMismatch(Transient):
    code = "upload_offset_mismatch"
    message = "The bytes do not begin where the upload ends so far."
    hint = "Ask with HEAD for its Upload-Offset and go on from there."


class LengthMismatch(Permanent):
    code = "upload_length_mismatch"
    message = "The upload does not have the length that was said."
    hint = "The length cannot be changed any more; begin a new upload with the right one."


class ChecksumMismatch(Transient):
    code = "checksum_mismatch"
    message = "The bytes have another checksum than was said; they were not kept."
    hint = "Send them again."


class UploadHeld(Transient):
    code = "upload_held"
    message = "Another request is still writing to this upload."
    hint = "Try again in a few seconds."


class UploadTakenOver(Permanent):
    code = "upload_taken_over"
    message = "Another request goes on with this upload; this one was stopped."
    hint = "Nothing is lost. Go on in one place only."


class UploadInterrupted(ServerStopping):
    code = "upload_interrupted"
    message = "The server stops; what had come of the upload is kept."
    hint = "Go on with it from its Upload-Offset in a moment, or at another server."


class UploadStalled(Transient):
    code = "upload_stalled"
    message = "No byte came for too long; what had come is kept."
    hint = "Go on with the upload from its Upload-Offset."


class UploadSetBack(Transient):
    code = "upload_set_back"
    message = "The object store lost some of what was there of this upload; it goes on from an earlier byte."
    hint = "Ask with HEAD for its Upload-Offset and go on from there; a tus client does so by itself."
