"""Which stages a worker process runs, by the names it is given."""

import pytest

from tests.chain import chunked_stages
from workers.__main__ import chosen

TRANSCODE = ["transcode", "head", "sound", "tail", "join"]


@pytest.mark.parametrize(
    ("names", "stages"),
    [
        (["transcode"], TRANSCODE),
        (["tail"], ["tail"]),
        (["head", "join"], ["head", "join"]),
        (["transcode", "tail", "thumbnail"], [*TRANSCODE, "thumbnail"]),
        (["relay"], []),
    ],
)
def test_a_steps_name_stands_for_all_of_its_stages_and_a_stages_for_itself(
    names: list[str], stages: list[str]
) -> None:
    assert [stage.name for stage in chosen(chunked_stages(), names)] == stages
