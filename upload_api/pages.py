"""The pages that people see: plain HTML from `web/`, to which small scripts add what moves."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from pipeline.errors import Outage, VideoMissing
from pipeline.video import Video, VideoStatus
from upload_api.headers import PAGE_POLICY, PLAYER_POLICY
from upload_api.serving import Serving
from upload_api.watchable import is_playable

router = APIRouter(include_in_schema=False)

_WEB = Path(__file__).parent / "web"
_SENTENCES = {
    VideoStatus.UPLOADING: "This video is still being uploaded.",
    VideoStatus.PROCESSING: "This video is being prepared.",
    VideoStatus.READY: "This video is ready.",
    VideoStatus.FAILED: "This video could not be prepared.",
    VideoStatus.CANCELLED: "This video was cancelled.",
}
_PLAYABLE = "This video can be watched already. More qualities are still being made."


@router.api_route("/", methods=["GET", "HEAD"])
async def home() -> HTMLResponse:
    return _page("Videos", _fill("home.html"), policy=PLAYER_POLICY)


@router.api_route("/videos/{video_id}", methods=["GET", "HEAD"])
async def video_page(video_id: str, serving: Serving) -> HTMLResponse:
    try:
        video, _ = await serving.ledger.video(video_id)
    except VideoMissing:
        return _page("No such video", _fill("missing.html"), status=404)
    except Outage as error:
        body = _fill("away.html", message=error.message, hint=error.hint, code=error.code)
        return _page("One moment", body, status=503)
    title = video.title or video.filename
    body = _fill("video.html", id=video.id, title=title, sentence=_sentence(video))
    return _page(title, body, policy=PLAYER_POLICY)


def _sentence(video: Video) -> str:
    sentence = _SENTENCES[VideoStatus(video.status)]
    if video.status == VideoStatus.PROCESSING and is_playable(video):
        sentence = _PLAYABLE
    error = video.error or {}
    return " ".join(part for part in (sentence, error.get("message"), error.get("hint")) if part)


def _page(title: str, main: str, status: int = 200, policy: str = PAGE_POLICY) -> HTMLResponse:
    html = _template("layout.html").substitute(title=escape(title), main=main)
    return HTMLResponse(html, status, {"Cache-Control": "no-cache", "Content-Security-Policy": policy})


def _fill(name: str, **words: str) -> str:
    return _template(name).substitute({key: escape(word) for key, word in words.items()})


@cache
def _template(name: str) -> Template:
    return Template((_WEB / name).read_text(encoding="utf-8"))
