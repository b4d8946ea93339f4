"""`python -m tests.swift`: makes `.swift`, with what requirements-swift.lock names."""

import subprocess
import sys
import venv

from cli.local.stack import ROOT
from tests.swift.cluster import ENVIRONMENT


def main() -> None:
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    lock = ROOT / "requirements-swift.lock"
    options = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
    subprocess.run([ENVIRONMENT / "bin/pip", "install", *options, "-r", lock], check=True)
    sys.stdout.write(f"{ENVIRONMENT}\n")


main()
