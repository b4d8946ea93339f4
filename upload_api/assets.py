"""Static files under /assets: our own pages', and the few files of npm packages that they load. Pages of
other sites may load them, too."""

import asyncio
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from upload_api.compressed import compressed, takes_gzip
from upload_api.conditional import names
from upload_api.errors import NotFound

router = APIRouter(prefix="/assets", include_in_schema=False)

_OWN = {file.name: file for file in (Path(__file__).parent / "web" / "static").iterdir()}
"""Looked up by name, so that no name that a client makes up reaches the file system."""
_PACKAGES = Path(__file__).parent.parent / "node_modules"
_FROM_PACKAGES = {
    "hls.js/hls.min.js": "hls.js/dist/hls.min.js",
    "hls.js/hls.mjs": "hls.js/dist/hls.mjs",
    "media-chrome/all.js": "media-chrome/dist/iife/all.js",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "tus-js-client/tus.min.js": "tus-js-client/dist/tus.min.js",
}
_KEPT = ("etag", "cache-control", "vary", "access-control-allow-origin")
"""Headers of every answer, also of one without a body."""
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""The system's own table may differ or be missing, and a module with another type is not run."""


class PackageMissing(NotFound):
    code = "asset_missing"
    message = "A JavaScript package of the page is not installed."
    hint = "Run `npm ci` in the project's folder; `./reelmill up` does it by itself."


@router.api_route("/static/{name:path}", methods=["GET", "HEAD"])
async def own(request: Request, name: str) -> Response:
    if name not in _OWN:
        raise NotFound
    return await _response(request, _OWN[name])


@router.api_route("/reelmill-upload.js", methods=["GET", "HEAD"])
async def upload_element(request: Request) -> Response:
    """What other pages include: its address is a promise."""
    return await _response(request, _OWN["reelmill-upload.js"])


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
async def package(request: Request, path: str) -> Response:
    if path not in _FROM_PACKAGES:
        raise NotFound
    file = _PACKAGES / _FROM_PACKAGES[path]
    if not file.is_file():
        raise PackageMissing
    return await _response(request, file)


async def _response(request: Request, file: Path) -> Response:
    plain = _plain(file)
    kept = {name: plain.headers[name] for name in _KEPT}
    small = takes_gzip(request.headers.get("accept-encoding")) and "range" not in request.headers
    if small:
        kept["etag"] = f'{plain.headers["etag"][:-1]}-gzip"'  # other bytes: a strong tag of their own
    if names(request.headers.get("if-none-match"), kept["etag"]):
        return Response(status_code=304, headers=kept)
    if not small:
        return plain
    body = await asyncio.to_thread(compressed, file)
    return Response(body, headers={**kept, "Content-Encoding": "gzip"}, media_type=plain.media_type)


def _plain(file: Path) -> FileResponse:
    """`no-cache` makes the browser ask each time whether the file is still the same."""
    return FileResponse(
        file,
        headers={
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
            "Access-Control-Allow-Origin": "*",
        },
        media_type=_TYPES.get(file.suffix.lower()),
        stat_result=file.stat(),
    )
