"""A picture that a full disk cut short is not handed on."""

from pathlib import Path

import pytest

from workers.media.errors import OutputIncomplete
from workers.media.stills import check_still

JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"
WEBP = b"RIFF\x0c\0\0\0WEBPVP8 data"


@pytest.mark.parametrize("data", [JPEG, WEBP])
def test_a_whole_picture_passes(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "large.jpg").write_bytes(data)
    assert check_still(tmp_path / "large.jpg") == tmp_path / "large.jpg"


@pytest.mark.parametrize("data", [b"", JPEG[:-1], JPEG[1:], WEBP[:-1], WEBP[:10]])
def test_one_that_is_empty_or_cut_does_not(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "large.jpg").write_bytes(data)
    with pytest.raises(OutputIncomplete, match="large"):
        check_still(tmp_path / "large.jpg")


def test_one_that_was_never_written_does_not(tmp_path: Path) -> None:
    with pytest.raises(OutputIncomplete):
        check_still(tmp_path / "small.webp")
