"""Passwords: where their files are, which of them everybody knows, how one of its own gets into a URL."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from pipeline.loopback import is_loopback

FOR_TRYING = "only-for-trying"
NOTICES_FOR_TRYING = "whsec_b25seS1mb3ItdHJ5aW5nLW5vdC1hLXNlY3JldA=="
"""Those of docker-compose.yml, which can be read by anybody."""
_OF_SERVERS = {"guest", "minioadmin", "postgres", "rabbitmq", "reelmill", "password", "changeme"}
"""What servers come with, and what people write down to change it later."""
_KNOWN = {FOR_TRYING, NOTICES_FOR_TRYING, *_OF_SERVERS}


def folder_of_secrets(environment: Mapping[str, str]) -> Path:
    """Docker, Podman and Kubernetes put them there; a file is named as its variable is, in small letters."""
    return Path(environment.get("REELMILL_SECRETS") or "/run/secrets")


def is_known(secret: str) -> bool:
    """Whether everybody knows it."""
    return secret.strip().lower() in {known.lower() for known in _KNOWN}


def is_known_in(url: str) -> bool:
    """Whether the URL's password is one that everybody knows. RabbitMQ lets its own guest in on loopback
    alone, where it is no secret."""
    parts = urlsplit(url)
    is_guest = (parts.username, parts.password) == ("guest", "guest")
    return is_known(unquote(parts.password or "")) and not (is_guest and is_loopback(parts.hostname or ""))


def with_password(url: str, password: str) -> str:
    """`url`, which names a user alone, with `password`. Raises ValueError when that cannot be done."""
    scheme, between, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    if not (between and at and user):
        raise ValueError("A password of its own needs a URL with a user, such as scheme://user@host/name")
    if ":" in user:
        raise ValueError("There is a password in the URL and another one beside it: leave one of them out")
    return f"{scheme}://{user}:{quote(password, safe='')}@{place}"
