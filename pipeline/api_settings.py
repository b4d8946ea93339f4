"""What can be set of the API. A part of pipeline.settings, which reads the environment."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr


def _long_enough(key: SecretStr | None) -> SecretStr | None:
    if key is not None and len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"A key of less than {SHORTEST_KEY} characters can be guessed")
    return key


def origin(said: str) -> str:
    """The site of a page as browsers name it: `https://app.example.com`, with its port where it has one."""
    found = said.strip().lower()
    if not _ORIGIN.fullmatch(found):
        raise ValueError(
            "An origin is http:// or https://, a name and perhaps a port, and nothing after that"
        )
    return found


SHORTEST_KEY = 16
_ORIGIN = re.compile(r"https?://[^/\s*?#@]+")
Origin = Annotated[str, AfterValidator(origin)]


class ApiSettings(BaseModel):
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    """How the outside reaches the API, for links in notices."""
    allowed_hosts: list[str] = []
    """Names that requests may be for, beside loopback, `host` and that of `public_url`; `*` is any."""
    key: Annotated[
        SecretStr | None, BeforeValidator(lambda said: said or None), AfterValidator(_long_enough)
    ] = None
    """Asked of every request but a viewer's. Without one the API is open to whoever reaches it."""
    cors_origins: list[Origin] = []
    """Sites whose pages may call the API from a browser."""
    embed_on: list[Literal["*"] | Origin] = ["*"]
    """Sites that may show the player in a frame. Any: the frame holds what anybody has who knows the video's
    address, changes nothing, keeps nothing, and its site cannot look into it."""
    undo: timedelta = Field(timedelta(seconds=60), ge=timedelta(0))
    """How long a deleted video can be brought back, its files kept meanwhile: a minute is long enough to
    notice a slip, with a keyboard or screen reader too, and short enough for who deletes to make room. The
    sweep goes by it as well; 0 switches it off."""

    @property
    def reached_at(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
