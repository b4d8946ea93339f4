"""Filling the HTML of `web/`: what comes from people is escaped, what was filled before is not again."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template

from fastapi.responses import HTMLResponse

from upload_api.headers import PAGE_POLICY

_WEB = Path(__file__).parent / "web"
_ICON = '<svg class="icon {extra}" aria-hidden="true"><use href="/assets/static/icons.svg#{name}"/></svg>'


class Html(str):
    """Markup that is ready to be put into a page."""

    __slots__ = ()


def fill(name: str, /, **words: str) -> Html:
    """The template called `name`, with `words` in it."""
    return Html(_template(name).substitute({key: safe(word) for key, word in words.items()}))


def safe(words: str) -> Html:
    return words if isinstance(words, Html) else Html(escape(words))


def icon(name: str, extra: str = "") -> Html:
    return Html(_ICON.format(name=name, extra=extra))


def page(
    title: str, main: Html, *, status: int = 200, head: Html | None = None, policy: str = PAGE_POLICY
) -> HTMLResponse:
    html = _template("layout.html").substitute(title=escape(title), main=main, head=head or "")
    return HTMLResponse(html, status, {"Cache-Control": "no-cache", "Content-Security-Policy": policy})


@cache
def _template(name: str) -> Template:
    return Template((_WEB / name).read_text(encoding="utf-8"))
