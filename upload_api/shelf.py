"""The list of videos as `/` shows it before any script runs: what is sought, its tiles, the way on."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from pipeline.errors import BadCursor
from pipeline.ledger import Ledger, Sought
from pipeline.video import VideoStatus
from upload_api.rendering import video_out
from upload_api.schemas import VideoOut
from upload_api.templates import Html, fill, icon, safe
from upload_api.wording import chip, clock, day, percent, size, state_of

PAGE = 24
"""A multiple of two, three and four columns; static/library.js asks for as many."""
_LONGEST = 200
_FILTERS = {
    "": "All",
    "ready": "Ready",
    "processing": "Processing",
    "failed": "Failed",
    "uploading": "Uploading",
    "cancelled": "Cancelled",
}


@dataclass(frozen=True)
class Asked:
    """What the address asks for; whatever cannot be is left out."""

    words: str = ""
    status: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, q: str, status: str, cursor: str) -> "Asked":
        return cls(q.strip()[:_LONGEST], status if status in _FILTERS else "", cursor)

    @property
    def sought(self) -> Sought:
        return Sought(self.words, frozenset({VideoStatus(self.status)} if self.status else ()))

    def address(self, cursor: str = "") -> str:
        query = {"q": self.words, "status": self.status, "cursor": cursor}
        kept = urlencode({name: value for name, value in query.items() if value})
        return f"/?{kept}#videos" if kept else "/#videos"


@dataclass(frozen=True)
class Shelf:
    asked: Asked
    videos: Sequence[VideoOut]
    next: str | None


async def shelf_of(ledger: Ledger, asked: Asked) -> Shelf:
    """From the newest on where the cursor is none of ours: somebody typed in the address."""
    try:
        page = await ledger.page(PAGE, asked.cursor or None, asked.sought)
    except BadCursor:
        return await shelf_of(ledger, Asked(asked.words, asked.status))
    return Shelf(asked, [video_out(video, steps) for video, steps in page.items], page.next)


def options(asked: Asked) -> Html:
    """Of the filter by state."""
    return Html(
        "".join(
            f'<option value="{value}"{" selected" if value == asked.status else ""}>{words}</option>'
            for value, words in _FILTERS.items()
        )
    )


def shown(shelf: Shelf) -> Html:
    if not shelf.videos:
        return _nothing(shelf.asked)
    tiles = "".join(tile(video) for video in shelf.videos)
    return Html(f'<ul class="grid">{tiles}</ul><nav class="more" aria-label="Pages">{_ways(shelf)}</nav>')


def tile(video: VideoOut) -> Html:
    about = [day(video.created_at), size(video.size)]
    if video.status == "processing":
        about = [percent(video.progress)]
    return fill(
        "tile.html",
        id=video.id,
        title=video.title or video.filename,
        picture=_picture(video),
        chip=chip(state_of(video)),
        about=" \N{MIDDLE DOT} ".join(filter(None, about)),
    )


def blank_tile() -> Html:
    """What scripts make a tile of for a video that came since."""
    return fill("tile.html", id="", title="", picture=icon("film", "large"), chip="", about="")


def _picture(video: VideoOut) -> Html:
    metadata = video.metadata or {}
    parts = [icon("film" if metadata.get("video") or not metadata else "sound", "large")]
    posters = video.playback.posters if video.playback else {}
    poster = posters.get("small.webp") or (video.playback.poster if video.playback else None)
    if poster:
        parts.append(Html(f'<img src="{safe(poster)}" alt="" loading="lazy" decoding="async">'))
    if metadata.get("duration"):
        parts.append(Html(f'<span class="badge">{clock(metadata["duration"])}</span>'))
    return Html("".join(parts))


def _ways(shelf: Shelf) -> Html:
    asked = shelf.asked
    ways = [("newest", "Newest", asked.address())] if asked.cursor else []
    if shelf.next:
        ways.append(("older", "Older", asked.address(shelf.next)))
    links = [f'<a class="button" rel="{rel}" href="{safe(to)}">{words}</a>' for rel, words, to in ways]
    return Html("".join(links))


def _nothing(asked: Asked) -> Html:
    if asked.words or asked.status:
        return fill("nothing-found.html")
    return fill("nothing-yet.html")
