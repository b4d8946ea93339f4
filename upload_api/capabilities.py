"""What an unguessable address opens by itself to whoever was given it: a viewer, a page that uploads.

Everything else is for whoever has the API key, where one is set.
"""

import re

_READ = {"GET", "HEAD"}
_SEEN = re.compile(r"/v1/videos/[^/]+(?:/live/[^/]+)?|/media/.+|/embed/[^/]+|/oembed")
"""One video's status and what plays it. Its timeline, its page and every list are for the owner."""
_UPLOADED = re.compile(r"/v1/uploads/[^/]+|/v1/uploads/links/[^/]+")
"""An upload under way, and a link to begin one."""


def opens_itself(method: str, path: str) -> bool:
    if _UPLOADED.fullmatch(path):
        return True
    return method in _READ and _SEEN.fullmatch(path) is not None
