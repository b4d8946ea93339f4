"""One version, told in two places."""

import tomllib
from pathlib import Path

from pipeline import VERSION


def test_the_program_tells_the_version_of_the_project_file() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
