"""What a request can be told beyond the errors that every process shares: all of it is about HTTP."""

from pipeline.errors import Outage, Permanent, ReelmillError, Transient


class InvalidRequest(ReelmillError):
    code = "invalid_request"
    message = "The request is not one that this API understands."
    hint = "Compare it with /docs."


class InvalidField(InvalidRequest):
    code = "invalid_field"
    message = "A field cannot be accepted."
    hint = "Correct that field and send the request again."


class MalformedForm(InvalidRequest):
    code = "malformed_form"
    message = "The multipart form cannot be read."
    hint = "Send one part called `file`, and optionally `title` and `notify_url`; or send the raw body."


class FileMissing(InvalidRequest):
    code = "file_missing"
    message = "The form has no part called `file`."
    hint = "Put the video into a part called `file`, or send it as the raw body."


class UploadEmpty(InvalidRequest):
    code = "upload_empty"
    message = "The upload has no bytes."
    hint = "Check that the file is not empty and was given to the client as a file."


class KeyRequired(Permanent):
    code = "key_required"
    message = "This needs the server's API key."
    hint = "Send it as `Authorization: Bearer KEY`, or as the password of HTTP Basic with any user name."


class HostNotAllowed(Permanent):
    code = "host_not_allowed"
    message = "The request is for a host that this server does not go by."
    hint = "Call it by 127.0.0.1 or localhost, or set REELMILL_API__ALLOWED_HOSTS on the server."


class OriginNotAllowed(Permanent):
    code = "origin_not_allowed"
    message = "A page of another site may not change anything here."
    hint = "Use this server's own pages, or a program; or set REELMILL_API__CORS_ORIGINS on the server."


class UploadTooLarge(Permanent):
    code = "upload_too_large"
    message = "The file is larger than this server accepts."
    hint = "Send a smaller file, or raise REELMILL_UPLOAD__MAX_BYTES on the server."


class UploadBrokenOff(Transient):
    code = "upload_broken_off"
    message = "The connection ended before the whole file had arrived."
    hint = "Upload it again; nothing of it was kept."


class UploadGivenUp(Transient):
    code = "upload_given_up"
    message = "The upload was given up because it stood still for too long, or was deleted."
    hint = "Upload it again."


class UploadDamaged(Transient):
    code = "upload_damaged"
    message = "The object store does not hold what was sent to it."
    hint = "Upload it again; if it stays, check the store's disk."


class ServerStopping(Outage):
    code = "server_stopping"
    message = "The server stopped before the whole file had arrived."
    hint = "Upload it again in a moment; nothing of it was kept."


class DirectUploadsOff(Permanent):
    code = "direct_uploads_off"
    message = "This server takes no uploads straight to its store."
    hint = "Use /v1/uploads, or set REELMILL_UPLOAD__DIRECT on the server."


class PartsMissing(InvalidRequest):
    code = "parts_missing"
    message = "Not every part of the upload has its ETag."
    hint = "Send the ETag that the store answered to each part, in the order of the parts."


class StreamsTaken(Outage):
    code = "streams_taken"
    message = "This server tells as many listeners of changes as it can."
    hint = "Connect again in a while, share one stream among your tabs, or ask for the status meanwhile."


class MediaMissing(Permanent):
    code = "media_not_found"
    message = "There is no such file of a video."
    hint = "Take the addresses from `playback` of the video; they change when it is made again."


class RangeNotSatisfiable(ReelmillError):
    code = "range_not_satisfiable"
    message = "The file has no such bytes."
    hint = "Ask for a range within its length."

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"It is {size} bytes long.")


class EmbedFormat(Permanent):
    code = "embed_format_not_offered"
    message = "How to embed a video is told as JSON only."
    hint = "Leave `format` away, or ask for `json`."


class NotFound(Permanent):
    code = "not_found"
    message = "There is nothing at this address."
    hint = "Look at /docs for those there are."


class MethodNotAllowed(Permanent):
    code = "method_not_allowed"
    message = "This address does not take that method."
    hint = "Look at /docs, or at the Allow header of this answer."
