"""One video as its page tells of it before any script runs, and for browsers that run none."""

from collections.abc import Sequence

from pipeline.video import Step, Video
from upload_api.rendering import still_changes
from upload_api.schemas import StepOut, VideoOut
from upload_api.templates import Html, fill, icon, safe
from upload_api.wording import chip, percent, state_icon, state_of, state_words

_SENTENCES = {
    "uploading": "This video is still being uploaded.",
    "processing": "This video is being prepared.",
    "playable": "This video can be watched already. More qualities are still being made.",
    "ready": "This video is ready.",
    "failed": "This video could not be prepared.",
    "cancelled": "This video was cancelled.",
}
_PURPOSES = {
    "transcode": "Makes it stream on any device",
    "thumbnail": "Picks a poster",
    "metadata": "Reads its details",
    "notify": "Tells whoever asked to know",
    "storyboard": "Pictures for the time line",
    "preview": "A short silent preview",
    "download": "One file to keep",
}
"""As static/steps.js has them, so that nothing moves when it takes over."""
_ENDED = {"failed", "cancelled"}
_AGAIN = Html('  <noscript><meta http-equiv="refresh" content="5"></noscript>\n')


def status_of(video: VideoOut) -> dict[str, str]:
    """What the page's template asks for."""
    state = state_of(video)
    return {
        "chip": chip(state),
        "sentence": _SENTENCES[state],
        "failure": _failure(video),
        "screen": _screen(video),
        "already": _already(video),
        "summary": _summary(video),
        "overall": _overall(video),
        "steps": Html("".join(_step(step, video.status) for step in video.steps)),
    }


def refresh_while_it_changes(video: Video, steps: Sequence[Step]) -> Html:
    """Only where no script follows it."""
    return _AGAIN if still_changes(video, steps) else Html()


def _failure(video: VideoOut) -> Html:
    error = video.error
    if error is None:
        return Html()
    return fill("failure.html", message=error.message, hint=error.hint, code=error.code, trace=_trace(video))


def _trace(video: VideoOut) -> Html:
    """By which its lines are found in the logs."""
    return Html(f'trace <code class="code">{safe(video.trace_id)}</code>') if video.trace_id else Html()


def _screen(video: VideoOut) -> Html:
    """Where the player will be: what comes after it stays in its place."""
    if video.playable and video.playback is not None:
        return _poster(video, video.playback.poster)
    if video.status not in {"uploading", "processing"}:
        return Html()
    words = "It plays here once it is uploaded and made ready."
    if video.status == "processing":
        words = f"Being made ready: {percent(video.progress)}. It plays here as soon as it can."
    parts = f"{icon('film', 'large')}<p>{words}</p>"
    return Html(f'<div class="place"><div class="screen waiting">{parts}</div></div>')


def _poster(video: VideoOut, poster: str | None) -> Html:
    image = f'<img src="{safe(poster)}" alt="">' if poster else ""
    kind = "screen sound" if video.metadata and not video.metadata.get("video") else "screen"
    return Html(f'<div class="place"><div class="{kind}">{image}</div></div>')


def _step(step: StepOut, status: str) -> Html:
    words = percent(step.progress) if step.state == "running" else state_words(step.state)
    if step.state == "waiting" and status in _ENDED:
        words = "Not started"
    return fill(
        "step.html",
        name=step.name,
        label=step.name.capitalize().replace("_", " "),
        state=step.state,
        sign=state_icon(step.state),
        words=words,
        progress=f"{step.progress:.3f}",
        hidden=Html(" hidden" if step.state in _ENDED else ""),
        note=_note(step, status),
    )


def _note(step: StepOut, status: str) -> str:
    if step.error and step.state in {"retrying", "failed"} and (step.state, status) != ("failed", "failed"):
        return step.error.message
    return _PURPOSES.get(step.name, "")


def _already(video: VideoOut) -> Html:
    """What can be done while it is not ready."""
    if not video.playable or video.playback is None or video.status == "ready":
        return Html()
    if video.status == "failed":
        return Html('<p class="already">It can still be watched as it was uploaded.</p>')
    others = "More qualities, for slower lines too," if video.playback.original else "Better qualities"
    return Html(f'<p class="already">You can watch it already. {others} are still being made.</p>')


def _summary(video: VideoOut) -> Html:
    """Its line is kept free: what it says of codecs and sizes only scripts put into words."""
    return Html('<p class="muted summary">&nbsp;</p>') if video.metadata else Html()


def _overall(video: VideoOut) -> Html:
    if video.status != "processing":
        return Html()
    return fill("overall.html", progress=f"{video.progress:.3f}", amount=percent(video.progress))
