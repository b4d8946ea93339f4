"""What is refused before any work."""

from typing import Any

import pytest

from tests.unit.workers.media.test_reading import audio, read, video
from workers.media import errors
from workers.media.refusals import refuse, refuse_still

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
MOTION_PHOTO = b"\0\0\0\x18ftypmif1\0\0\0\0heicmif1"
MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"


@pytest.mark.parametrize(
    ("streams", "error"),
    [
        ([], errors.NothingToPlay),
        ([{"index": 0, "codec_type": "subtitle", "codec_name": "subrip"}], errors.NothingToPlay),
        ([video(codec_tag_string="encv")], errors.Encrypted),
        ([video(), audio(codec_tag_string="enca")], errors.Encrypted),
        ([video(codec_name="magicyuv")], errors.CodecRefused),
        ([audio(codec_name="ac4")], errors.CodecRefused),
        ([video(width=16000, height=16000)], errors.TooManyPixels),
        ([video(pix_fmt=None)], errors.Damaged),
        ([audio(channels=0)], errors.Damaged),
        ([video(duration="90000")], errors.TooLong),
    ],
)
def test_is_refused_in_plain_words(streams: list[dict[str, Any]], error: type[Exception]) -> None:
    with pytest.raises(error):
        refuse(read(*streams))


@pytest.mark.parametrize(
    "streams", [[video()], [audio()], [video(), audio()], [video(width=7680, height=4320)]]
)
def test_what_can_be_played_passes(streams: list[dict[str, Any]]) -> None:
    refuse(read(*streams))


@pytest.mark.parametrize("head", [HEIC, MOTION_PHOTO])
def test_a_phones_photo_is_no_video(head: bytes) -> None:
    with pytest.raises(errors.StillImage):
        refuse_still(head)


@pytest.mark.parametrize("head", [b"", b"\0\0", MP4, b"\x1aE\xdf\xa3"])
def test_other_beginnings_pass(head: bytes) -> None:
    refuse_still(head)
