"""`python -m tests.compose FOLDER`: starts docker-compose.yml on its own engine, and writes what was seen."""

import argparse
import sys
from pathlib import Path

from tests.compose import for_others, standins, trying
from tests.compose.engine import engine
from tests.compose.report import Report


def main() -> int:
    asked = _asked()
    folder: Path = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    report = Report()
    with engine(folder, standins.plugins(folder)) as docker:
        standins.make(docker, folder, asked.store)
        report.standins(docker, asked.store)
        if asked.form in {"trying", "both"}:
            trying.check(docker, folder, report)
        if asked.form in {"others", "both"}:
            for_others.check(docker, folder, report)
    sys.stdout.write(report.text())
    sys.stdout.flush()
    return 1 if report.failed else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.compose", description=__doc__)
    parser.add_argument("folder", type=Path, help="Where images and data stay for the next time; 10 GB.")
    parser.add_argument("--form", choices=["trying", "others", "both"], default="both")
    parser.add_argument(
        "--store",
        choices=["rclone", "minio"],
        default="rclone",
        help="What stands in for the store; `minio` is the program in FOLDER/minio.",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
