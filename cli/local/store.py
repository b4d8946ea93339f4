"""A private S3 server over a local folder: `rclone serve s3` of our own environment, on loopback only."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from cli.local.ports import HOST, accepts_connections
from cli.local.program import Program, environment_without

PORT_NAMES = ("store",)


@dataclass(frozen=True)
class LocalStore:
    folder: Path
    access_key: str
    secret_key: str
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # What a killed server was writing; S3 does not list these, so nobody else can remove them.
        for leftover in self.folder.rglob(".rclone_temp_*"):
            leftover.unlink(missing_ok=True)

    def program(self) -> Program:
        return Program(
            "store",
            (str(Path(sys.executable).with_name("rclone")), *self._arguments()),
            self._environment(),
            prepare=self.prepare,
            works=lambda: accepts_connections(self.port),
            ready_within=20,
        )

    def _arguments(self) -> tuple[str, ...]:
        # No ETag: it would be an MD5, and the first look at an object of 5 GB would take 17 s to make it.
        return (
            "serve",
            "s3",
            str(self.folder),
            "--addr",
            f"{HOST}:{self.port}",
            "--etag-hash=",
            "--vfs-read-wait=0",
        )

    def _environment(self) -> dict[str, str]:
        return environment_without("RCLONE_") | {
            "RCLONE_CONFIG": os.devnull,
            # Not as an argument: those are for everybody on the machine to read.
            "RCLONE_AUTH_KEY": f'"{self.access_key},{self.secret_key}"',
        }
