"""docs/howto/add-a-worker.md does what it says: its text is applied to a copy of the tree, and run there."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.local.stack import ROOT
from tests.media import make_clip

HOWTO = ROOT / "docs" / "howto" / "add-a-worker.md"
MOST_LINES = 40


@dataclass(frozen=True)
class Howto:
    """The fenced blocks of the page by the file that the sentence before them names."""

    files: dict[str, str]
    changes: dict[str, list[str]]

    @classmethod
    def read(cls) -> "Howto":
        files: dict[str, str] = {}
        changes: dict[str, list[str]] = {}
        named = ""
        for prose, language, block in re.findall(r"(.*?)```(\w+)\n(.*?)```", HOWTO.read_text(), re.DOTALL):
            saved = re.search(r"Save this as `([\w/]+\.py)`", prose)
            table = re.search(r"Add it to the table, `([\w/]+\.py)`", prose)
            named = table[1] if table else named
            if saved and language == "python":
                files[saved[1]] = block
            elif language == "diff":
                changes.setdefault(named, []).append(block)
        return cls(files, changes)

    def apply(self, tree: Path) -> None:
        for path, hunks in self.changes.items():
            text = (tree / path).read_text()
            for hunk in hunks:
                old, new = _side(hunk, "-"), _side(hunk, "+")
                assert text.count(old) == 1, f"{path} does not hold, once, what the page shows:\n{old}"
                text = text.replace(old, new)
            (tree / path).write_text(text)
        for path, text in self.files.items():
            assert not (tree / path).exists(), f"the page means {path} to be new"
            (tree / path).write_text(text)

    def lines(self) -> dict[str, int]:
        """Lines of code that the page adds to each file, blank ones too; its test aside."""
        added = {
            path: text.splitlines() for path, text in self.files.items() if not path.startswith("tests/")
        }
        for path, hunks in self.changes.items():
            added[path] = [line for hunk in hunks for line in hunk.splitlines() if line[0] != " "]
        return {path: len(lines) for path, lines in added.items()}


def _side(hunk: str, marker: str) -> str:
    return "".join(f"{line[1:]}\n" for line in hunk.splitlines() if line[0] in f" {marker}")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product with the page's text applied."""
    copy = tmp_path_factory.mktemp("add-a-worker")
    for folder in ("pipeline", "workers", "upload_api", "cli", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    Howto.read().apply(copy)
    return copy


def _run(tree: Path, *command: str) -> str:
    done = subprocess.run(
        (sys.executable, "-m", *command),
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_worker_is_one_new_file_and_its_row_and_no_more_than_forty_lines() -> None:
    howto = Howto.read()
    lines = howto.lines()
    assert lines.keys() == {"workers/captions.py", "workers/stages.py"}
    assert not (ROOT / "workers" / "captions.py").exists()
    assert sum(lines.values()) <= MOST_LINES, lines
    assert f"a new worker in {sum(lines.values())} lines" in (ROOT / "README.md").read_text()
    assert all("\n-" not in f"\n{hunk}" for hunks in howto.changes.values() for hunk in hunks)


def test_what_the_page_says_passes_our_own_checks(tree: Path) -> None:
    paths = [str(tree / path) for path in (*Howto.read().files, *Howto.read().changes)]
    _run(tree, "ruff", "format", "--no-cache", "--check", *paths)
    _run(tree, "ruff", "check", "--no-cache", *paths)


def test_the_handlers_own_test_on_the_page_passes_without_any_server(tree: Path) -> None:
    assert "2 passed" in _run(tree, "pytest", "-q", "tests/unit/workers/test_captions.py")


@pytest.fixture(scope="module")
def outcome(tree: Path) -> Any:
    """What the in-memory chain of that tree says about a clip with subtitles."""
    words = tree / "words.srt"
    words.write_text("1\n00:00:00,500 --> 00:00:01,500\nHello from the howto.\n")
    clip = make_clip(tree / "clip.mkv", "-i", str(words), seconds=2)
    return json.loads(_run(tree, "tests.integration.chain_with_captions", str(clip)))


def test_the_captions_step_is_done_and_the_video_ready(outcome: Any) -> None:
    assert outcome["status"] == "ready"
    assert outcome["steps"] == dict.fromkeys(
        ("transcode", "thumbnail", "metadata", "notify", "storyboard", "preview", "captions"), "done"
    )


def test_its_event_is_on_the_timeline_and_was_published(outcome: Any) -> None:
    assert outcome["events"]["video.captions_made"] is True


def test_its_file_is_in_the_store(outcome: Any) -> None:
    assert re.fullmatch(
        r"WEBVTT\n\n00:00\.50\d --> 00:01\.50\d\nHello from the howto\.\n", outcome["captions"]
    )


def test_the_row_gave_it_a_queue_and_a_dead_queue(outcome: Any) -> None:
    assert outcome["queues"]["reelmill.captions"] == ["video.transcoded.*"]
    assert outcome["queues"]["reelmill.dead.captions"] == ["captions"]


def test_the_workers_program_knows_it(tree: Path) -> None:
    done = subprocess.run(
        (sys.executable, "-m", "workers", "nobody"),
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert ", captions, " in done.stderr
