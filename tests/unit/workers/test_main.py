"""Which stages a worker process runs, by the names it is given."""

from pathlib import Path

import pytest

from tests.chain import chunked_stages
from workers.__main__ import chosen, main

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


def test_as_doctor_it_says_what_is_wrong_with_its_machine_and_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REELMILL_STORE__SECRET_KEY", "one-of-its-own")
    monkeypatch.setenv("REELMILL_WORK__SCRATCH", str(tmp_path / "nowhere"))
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert any(line.startswith("wrong: ") and "nowhere" in line for line in told)
    assert any(line.startswith("ok: ffmpeg has every encoder") for line in told)
