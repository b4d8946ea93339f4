"""How the pages call things before a script runs: states, sizes, lengths, days; static/state.js and format.js
say the same."""

from datetime import datetime

from upload_api.schemas import VideoOut
from upload_api.templates import Html, icon, safe

_STATES = {
    "uploading": ("upload", "Uploading"),
    "processing": ("running", "Processing"),
    "playable": ("play", "Playable"),
    "ready": ("done", "Ready"),
    "waiting": ("waiting", "Waiting"),
    "running": ("running", "Running"),
    "retrying": ("retry", "Trying again soon"),
    "done": ("done", "Done"),
    "failed": ("failed", "Failed"),
    "cancelled": ("cancelled", "Cancelled"),
}
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_THOUSAND = 999.5
_SHOWS_TENTHS = 99.95


def state_words(state: str) -> str:
    return _STATES[state][1]


def state_icon(state: str) -> Html:
    return icon(_STATES[state][0], f"state-icon is-{state}")


def chip(state: str) -> Html:
    return Html(f'<span class="chip is-{state}">{state_icon(state)}{safe(state_words(state))}</span>')


def state_of(video: VideoOut) -> str:
    """As people see it: one that is not ready yet may be playable."""
    return "playable" if video.status == "processing" and video.playable else video.status


def size(count: int | None) -> str:
    if count is None:
        return ""
    value, power = float(count), 0
    while value >= _THOUSAND and power < len(_UNITS) - 1:
        value, power = value / 1000, power + 1
    return (
        f"{value:.1f} {_UNITS[power]}" if power and value < _SHOWS_TENTHS else f"{value:.0f} {_UNITS[power]}"
    )


def clock(seconds: float) -> str:
    """0:04, 12:30, 1:02:03; less than one second as such."""
    if 0 < seconds < 0.95:
        return f"{seconds:.1f} s"
    minutes, second = divmod(max(0, int(seconds + 0.5)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def day(moment: datetime) -> str:
    return f"{moment:%b} {moment.day}, {moment.year}"


def percent(fraction: float) -> str:
    return f"{int(min(1.0, max(0.0, fraction)) * 100)} %"
