"""Which requests need the API key, where one is set, and which an unguessable address opens by itself: to a
viewer, to a page that uploads."""

import re

_READ = {"GET", "HEAD"}
_SEEN = re.compile(r"/v1/videos/[^/]+(?:/live/[^/]+)?|/media/.+|/embed/[^/]+|/oembed")
"""One video's status and what plays it. Its timeline, its page and every list are for the owner."""
_UPLOADED = re.compile(r"/v1/uploads/[^/]+|/v1/uploads/links/[^/]+")
"""An upload under way, and a link to begin one."""
_SECRET = re.compile(r"(/v1/uploads/(?:links/)?)[^/]+")
_FOR_EVERYBODY = ("/healthz", "/readyz", "/assets/")
"""Probes and static files tell nothing of any video."""


def is_for_the_key(method: str, path: str) -> bool:
    return not path.startswith(_FOR_EVERYBODY) and not opens_itself(method, path)


def opens_itself(method: str, path: str) -> bool:
    if _UPLOADED.fullmatch(path):
        return True
    return method in _READ and _SEEN.fullmatch(path) is not None


def for_the_log(path: str) -> str:
    """Without what would let a reader of the log upload."""
    return _SECRET.sub(r"\1...", path)
