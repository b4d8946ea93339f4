"""Real files that nobody here made, each held to its row of docs/corpus.md.

They are not in the repository: REELMILL_CORPUS names the folder that holds them.
"""

from pathlib import Path

import pytest

from pipeline.events import MetadataExtracted, ThumbnailGenerated
from tests.corpus import files, outcome, rows
from tests.media import job_for
from workers.metadata import metadata
from workers.thumbnail import thumbnail

ROWS = rows()
FILES = files()

pytestmark = pytest.mark.skipif(not FILES, reason="REELMILL_CORPUS names no folder of real media")


def test_the_table_tells_of_every_file_and_says_why() -> None:
    assert {file.name for file in FILES} <= set(ROWS)
    assert all(row.why.strip() for row in ROWS.values())


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
async def test_a_real_file_becomes_what_the_table_says(file: Path, tmp_path: Path) -> None:
    expected = ROWS[file.name]
    found, event, store = await outcome(file, tmp_path)
    assert (found.outcome, found.made) == (expected.outcome, expected.made)
    if event is None:
        return
    [made] = await thumbnail(event, job_for(event, store, tmp_path, "thumbnail"))
    assert isinstance(made, ThumbnailGenerated)
    assert len(made.posters) == (4 if event.has_video else 0)
    [told] = await metadata(made, job_for(made, store, tmp_path, "metadata"))
    assert isinstance(told, MetadataExtracted)
    assert told.metadata["cut_short"] is (found.outcome == "cut short")
