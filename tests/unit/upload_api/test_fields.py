"""What an upload says about itself, made safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_api.fields import LONGEST_FILENAME, clean_filename, clean_title, new_upload


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a b.mp4", "a b.mp4"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\me\\clip.mov", "clip.mov"),
        ("../../..", "video"),
        ("", "video"),
        ("\x00\r\n", "video"),
        ("a\r\nX-Evil: 1.mp4", "aX-Evil: 1.mp4"),
        ("clip\u202e4pm.exe", "clip4pm.exe"),
        ("Grüße 🎬.mkv", "Grüße 🎬.mkv"),
        ("n" * 300 + ".mp4", "n" * 251 + ".mp4"),
    ],
)
def test_a_filename_is_the_last_part_that_can_be_seen(sent: str, kept: str) -> None:
    assert clean_filename(sent) == kept


@given(st.text(max_size=600))
def test_a_filename_is_never_a_path_nor_empty_nor_too_long(sent: str) -> None:
    kept = clean_filename(sent)
    assert 0 < len(kept) <= LONGEST_FILENAME
    assert "/" not in kept
    assert "\\" not in kept
    assert kept not in {".", ".."}
    assert clean_filename(kept) == kept


def test_a_blank_title_is_none() -> None:
    assert clean_title("  \n ") is None


def test_only_a_request_with_a_key_has_a_fingerprint() -> None:
    def fingerprint(key: str | None, length: int) -> str | None:
        upload = new_upload({}, content_type=None, declared_length=length, idempotency_key=key)
        return upload.fingerprint

    assert fingerprint(None, 1) is None
    assert fingerprint("k", 1) == fingerprint("k", 1) != fingerprint("k", 2)
