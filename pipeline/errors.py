"""One tree of errors: permanent or transient by type, each with a code, plain words and a next step."""

from typing import ClassVar


class ReelmillError(Exception):
    """A failure that somebody can read: `code` is stable, `message` says what, `hint` what to do next."""

    code: ClassVar[str] = "internal"
    message: ClassVar[str] = "Something went wrong inside Reelmill."
    hint: ClassVar[str] = "Try again; if it stays, look in the log for the trace id."

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail
        super().__init__(detail or self.message)

    @property
    def plain(self) -> str:
        return f"{self.message} {self.detail}" if self.detail else self.message


class Permanent(ReelmillError):
    """Trying again cannot help."""


class Transient(ReelmillError):
    """Trying again later may help; it costs an attempt."""


class Outage(Transient):
    """A part that everything needs is away; waiting for it costs no attempt."""


class BrokerAway(Outage):
    code = "broker_unavailable"
    message = "The message broker does not answer."
    hint = "Check that RabbitMQ runs and that its address is right; work goes on by itself once it is back."


class StoreAway(Outage):
    code = "store_unavailable"
    message = "The object store does not answer."
    hint = "Check that the store runs and has room, and that its address and keys are right; then try again."


class UploadForgotten(StoreAway):
    code = "upload_forgotten"
    message = "The object store has forgotten an upload that was under way."
    hint = "Upload it again; a store that loses uploads was restarted, or clears them away too early."


class DatabaseAway(Outage):
    code = "database_unavailable"
    message = "The database does not answer."
    hint = "Check that the database runs and is not locked; then try again."


class ScratchFull(Outage):
    code = "scratch_full"
    message = "There is no space left for files under work."
    hint = "Free disk space where the workers run; work goes on by itself."


class ScratchTooSmall(Transient):
    """Waiting for others to make room would be waiting for ever."""

    code = "scratch_too_small"
    message = "The disk for files under work is too small for this video alone."
    hint = "Give the workers a larger one (REELMILL_WORK__SCRATCH), then replay the dead letter."


class Unroutable(Transient):
    code = "unroutable"
    message = "No queue is bound for a message that a worker must see."
    hint = "Start a worker or the API: either declares the queues that are missing."


class TopologyMismatch(Permanent):
    code = "topology_mismatch"
    message = "RabbitMQ holds a queue or exchange of ours that was declared with other arguments."
    hint = "Drain it, delete it in the RabbitMQ UI and start again; the docs list what each must look like."


class ObjectMissing(Permanent):
    code = "object_missing"
    message = "A file that should be in the object store is not there."
    hint = "Upload the video again."


class MalformedEvent(Permanent):
    code = "event_malformed"
    message = "A message is not an event that Reelmill can read."
    hint = "Look at the dead letter's body to see who sent it; drop it if it is not ours."


class UnsupportedEvent(Permanent):
    code = "event_unsupported"
    message = "An event has a type or version that this worker does not know."
    hint = "Upgrade the workers, then replay the dead letter."


class WorkerCrashed(Permanent):
    code = "worker_crashed"
    message = "The worker died every time it tried this video."
    hint = "The file may be made to break video tools. Look at the worker's log, then replay the dead letter."


class HandlerBroken(Permanent):
    code = "handler_broken"
    message = "A worker's code answered with something that it must not."
    hint = "This is a mistake in the worker, not in the video: mend it, then replay the dead letter."


class FenceLost(ReelmillError):
    """Somebody else has the job now, or nobody wants it any more: nothing may be committed."""

    code = "fence_lost"
    message = "This work is no longer ours."


class Cancelled(ReelmillError):
    code = "cancelled"
    message = "The video was cancelled."
    hint = "Upload it again if that was a mistake."


class IllegalTransition(ReelmillError):
    code = "illegal_state"
    message = "That cannot be done with the video in the state it is in."
    hint = "Look at its status first."


class DeadLetterMissing(Permanent):
    code = "dead_letter_not_found"
    message = "There is no such dead letter."
    hint = "List those there are; it may have been replayed meanwhile."


class VideoMissing(Permanent):
    code = "video_not_found"
    message = "There is no such video."
    hint = "Check the id; it may have been deleted."


class DeletedForGood(VideoMissing):
    code = "deleted_for_good"
    message = "The video was deleted and cannot be brought back any more."
    hint = "Upload it again. REELMILL_API__UNDO says how long there is to change one's mind."


class KeyReused(ReelmillError):
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for a different upload."
    hint = "Use a new key for each upload, and the same one only to repeat it."


class UploadInProgress(ReelmillError):
    code = "upload_in_progress"
    message = "An upload with this Idempotency-Key is still under way."
    hint = "Wait for it to end, or for a minute if it was broken off; then repeat the request."


class UploadMissing(Permanent):
    code = "upload_not_found"
    message = "There is no such upload."
    hint = "Begin a new one with POST /v1/uploads."


class UploadOver(Permanent):
    code = "upload_over"
    message = "This upload cannot go on any more."
    hint = "Begin a new one with POST /v1/uploads."


class DirectUploadMissing(Permanent):
    code = "direct_upload_not_found"
    message = "There is no such upload to the store under way."
    hint = "It may be complete, given up or too old: look at the video, or begin a new one."


class LinkMissing(Permanent):
    code = "upload_link_not_found"
    message = "There is no such upload link."
    hint = "Ask whoever gave you the link for a new one."


class LinkOver(Permanent):
    code = "upload_link_over"
    message = "This upload link cannot be used any more."
    hint = "Each is good for one upload. Ask whoever gave you the link for a new one."


class LinkTaken(Permanent):
    code = "upload_link_taken"
    message = "Another file is being uploaded with this link."
    hint = "Choose the same file to go on with it, or ask for another link."


class BadCursor(ReelmillError):
    code = "bad_cursor"
    message = "The cursor is not one that this API gave out."
    hint = "Start again without `cursor`."
