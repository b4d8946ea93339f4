"""A certificate authority for one test, and what it vouches for: this machine's loopback."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


@dataclass(frozen=True)
class Certificates:
    authority: Path
    certificate: Path
    key: Path


def certificates(folder: Path, name: str = "server") -> Certificates:
    """Good for a day."""
    authority, its_key = _self_signed(folder, f"{name}-authority", "basicConstraints=critical,CA:TRUE")
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    signed_by = ("-CA", str(authority), "-CAkey", str(its_key))
    _openssl(
        "-subj", "/CN=localhost", "-addext", _NAMES, *signed_by, "-keyout", str(key), "-out", str(certificate)
    )
    key.chmod(0o600)
    return Certificates(authority, certificate, key)


def _self_signed(folder: Path, name: str, extension: str) -> tuple[Path, Path]:
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    _openssl("-subj", f"/CN={name}", "-addext", extension, "-keyout", str(key), "-out", str(certificate))
    return certificate, key


def _openssl(*options: str) -> None:
    command = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    )
    subprocess.run((*command, "-days", "1", *options), check=True, capture_output=True)
