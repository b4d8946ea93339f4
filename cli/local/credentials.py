"""The secrets of one private stack: made once, kept in its data folder, readable by its owner alone."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cli.local.errors import StackError


@dataclass(frozen=True)
class Credentials:
    broker_user: str = "reelmill"
    broker_password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    store_access_key: str = field(default_factory=lambda: secrets.token_hex(10))
    store_secret_key: str = field(default_factory=lambda: secrets.token_hex(20))
    notice_secret: str = field(
        default_factory=lambda: "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    )


def keep_credentials(memory: Path) -> Credentials:
    if memory.exists():
        return _read(memory)
    credentials = Credentials()
    write_private(memory, json.dumps(asdict(credentials), indent=2))
    return credentials


def _read(memory: Path) -> Credentials:
    try:
        return Credentials(**json.loads(memory.read_text()))
    except (ValueError, TypeError) as error:
        raise StackError(
            f"{memory} is damaged: {error}.\n"
            "RabbitMQ and signed notices go by these secrets: put a copy of the file back, "
            "or choose another folder: --data DIR"
        ) from error


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
