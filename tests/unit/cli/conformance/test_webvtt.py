"""Subtitle segments are read as players read them, and refused where players would not."""

from fractions import Fraction

import pytest

from cli.conformance.attributes import Unreadable
from cli.conformance.webvtt import read_words

WORDS = """WEBVTT - some words
X-TIMESTAMP-MAP=LOCAL:00:00:01.000,MPEGTS:900000

NOTE a comment
over two lines

STYLE
::cue { color: red }

1
00:01.000 --> 01:02:03.500 align:start
Words --> and more

00:00:05.000 --> 00:00:06.000
"""


def test_cues_and_their_clock_are_read() -> None:
    words = read_words(WORDS.encode())
    assert words.zero == 9
    assert list(map(list, words.cues)) == [[1, 3723 + Fraction(1, 2)], [5, 6]]


def test_line_ends_of_every_system_and_a_byte_order_mark_are_read() -> None:
    for end in ("\r\n", "\r"):
        assert read_words(("\ufeff" + WORDS).replace("\n", end).encode()) == read_words(WORDS.encode())


def test_a_segment_without_words_is_one() -> None:
    assert read_words(b"WEBVTT").cues == ()


@pytest.mark.parametrize(
    "text",
    [
        b"WEBVTTX\n",
        b"1\n00:00:01.000 --> 00:00:02.000\nx\n",
        b"WEBVTT\n\n\xff\xfe",
        b"WEBVTT\n\nno times\n",
        b"WEBVTT\n\n00:01 --> 00:02\nx\n",
        b"WEBVTT\n\n00:02.000 --> 00:01.000\nx\n",
        b"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:x,LOCAL:00:00:00.000\n",
    ],
)
def test_what_is_no_webvtt_is_refused(text: bytes) -> None:
    with pytest.raises(Unreadable):
        read_words(text)
