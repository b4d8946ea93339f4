"""Trees made once, and copies of them for tests that break them."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.integration.conformance.trees import Copy, add_words, make_growing, make_own


@pytest.fixture(scope="session")
def own_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(make_own(tmp_path_factory.mktemp("own")))


@pytest.fixture(scope="session")
def growing_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_growing(tmp_path_factory.mktemp("growing")).root


@pytest.fixture
def own(own_tree: Path, tmp_path: Path) -> Copy:
    """With subtitles."""
    copy = Copy(Path(shutil.copytree(own_tree, tmp_path / "hls")))
    add_words(copy)
    return copy


@pytest.fixture
def growing(growing_tree: Path, tmp_path: Path) -> Copy:
    return Copy(Path(shutil.copytree(growing_tree, tmp_path / "growing")))
