"""A product that lets its users upload videos: its own page and backend, and Reelmill for the videos."""

import os
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from standardwebhooks import Webhook

REELMILL = os.environ["REELMILL_URL"]
KEY = os.environ["REELMILL_API__KEY"]
NOTICE_SECRET = os.environ["REELMILL_NOTICE__SECRET"]
OURSELVES = os.environ["APP_URL"]
HERE = Path(__file__).parent
POLICY = (
    f"default-src 'self'; script-src 'self' {REELMILL}; connect-src 'self' {REELMILL}; frame-src {REELMILL}"
)

app = FastAPI()
app.mount("/static", StaticFiles(directory=HERE / "static"))
videos: dict[str, str] = {}
"""What became of each. A product keeps this in its database, with whose video it is."""


@app.get("/")
async def page() -> HTMLResponse:
    text = (HERE / "page.html").read_text().replace("https://videos.example.com", REELMILL)
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})


@app.post("/upload-link")
async def upload_link() -> dict[str, Any]:
    """A product asks here first who its user is, and whether they may upload."""
    terms = {
        "origin": OURSELVES,
        "max_bytes": 2 * 1000**3,
        "expires_in": 3600,
        "notify_url": f"{OURSELVES}/notice",
    }
    async with httpx.AsyncClient(base_url=REELMILL, headers={"Authorization": f"Bearer {KEY}"}) as reelmill:
        answer = await reelmill.post("/v1/upload-links", json=terms)
    link: dict[str, Any] = answer.raise_for_status().json()
    videos[link["video_id"]] = "expected"
    return link


@app.post("/notice", status_code=204)
async def notice(request: Request) -> None:
    """Reelmill calls this when a video is ready or failed; only it can sign it so."""
    told = Webhook(NOTICE_SECRET).verify(await request.body(), dict(request.headers))
    videos[told["data"]["id"]] = told["data"]["status"]


@app.get("/videos")
async def list_videos() -> dict[str, str]:
    return videos
