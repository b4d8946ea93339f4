"""What the head of a video's pages tells programs that show links: Open Graph, and where its oEmbed is."""

from html import escape
from urllib.parse import quote

from pipeline.video import Video
from upload_api.templates import Html

_PICTURE = "large.jpg"
"""Not every program that shows links reads WebP."""


def head_of(video: Video, base: str) -> Html:
    """Whole addresses, below `base`: what reads them has none of its own."""
    page, title = f"{base}/videos/{video.id}", video.title or video.filename
    told = {
        "og:type": "video.other",
        "og:site_name": "Reelmill",
        "og:title": title,
        "og:url": page,
        "og:video": f"{base}/embed/{video.id}",
        "og:video:type": "text/html",
    }
    poster = (video.playback.get("posters") or {}).get(_PICTURE)
    if poster:
        told["og:image"] = f"{base}/media/{poster}"
    lines = [f'<meta property="{name}" content="{escape(value)}">' for name, value in told.items()]
    address = escape(f"{base}/oembed?url={quote(page, safe='')}")
    lines.append(
        f'<link rel="alternate" type="application/json+oembed" href="{address}" title="{escape(title)}">'
    )
    return Html("".join(f"  {line}\n" for line in lines))
