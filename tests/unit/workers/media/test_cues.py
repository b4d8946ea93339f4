"""What cues are read from ffmpeg's ASS, and how they are written as segments of WebVTT."""

from time import process_time

import pytest

from workers.media.cues import CLOCK, HEADER, LONGEST_LINE, Cue, read_cues, segments


def line(text: str | bytes, start: str = "0:00:11.00", end: str = "0:00:12.50") -> bytes:
    body = text if isinstance(text, bytes) else text.encode()
    return f"Dialogue: 0,{start},{end},Default,,0,0,0,,".encode() + body + b"\r\n"


def read(
    *lines: bytes, length: float = 100, language: str | None = None, comments: bool = False
) -> list[Cue]:
    return read_cues(lines, zero=10, length=length, language=language, comments=comments)


def texts(*lines: bytes, language: str | None = None, comments: bool = False) -> list[str]:
    return [cue.text for cue in read(*lines, language=language, comments=comments)]


def test_times_count_from_the_videos_first_moment() -> None:
    assert read(line("Hello")) == [Cue(1000, 2500, "Hello")]


def test_what_is_no_cue_is_passed_over() -> None:
    assert (
        read(b"[Events]\n", b"Comment: 0,0:00:01.00,0:00:02.00,,,0,0,0,,x\n", b"Dialogue: 1,2\n", b"") == []
    )
    assert read(line("x", start="yesterday"), line("x", end="0:00:9")) == []


def test_cues_are_cut_to_the_video_and_none_is_left_beyond_it() -> None:
    cues = read(
        line("before", "0:00:01.00", "0:00:09.00"),
        line("into it", "0:00:09.00", "0:00:11.00"),
        line("out of it", "0:00:13.00", "0:00:19.00"),
        line("after", "0:00:15.00", "0:00:16.00"),
        length=4,
    )
    assert cues == [Cue(0, 1000, "into it"), Cue(3000, 4000, "out of it")]


def test_a_cue_that_never_ends_is_shown_for_five_seconds() -> None:
    assert read(line("x", "0:00:20.00", "1193:02:47.29")) == [Cue(10_000, 15_000, "x")]


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (r"{\i1}Ita{\i0}lic, with a comma", "Italic, with a comma"),
        (r"one\Ntwo\nthree\hfour", "one\ntwo three\N{NO-BREAK SPACE}four"),
        (r"first\N\N  \Nsecond", "first\nsecond"),
        (r"\{not a mark\} and \\N no break", r"{not a mark} and \N no break"),
        (r"{\p1}m 0 0 l 100 0 100 100{\p0}seen{\an8\p2}m 1 1", "seen"),
        (r"{\pos(1,2)}placed", "placed"),
        ("a {note} stays", "a {note} stays"),
        ("bell\x07 and nul\x00", "bell and nul"),
    ],
)
def test_styling_becomes_plain_text(given: str, plain: str) -> None:
    assert texts(line(given)) == [plain]


@pytest.mark.parametrize("given", ["{" + r"\p1" * 10**5, r"{\p1}" + "{" + r"\p0" * 10**5])
def test_time_grows_with_the_length_of_a_line(given: str) -> None:
    """With its square these would take minutes."""
    began = process_time()
    texts(line(given))
    assert process_time() - began < 5


def test_braces_are_comments_in_ass() -> None:
    assert texts(line("a {note} goes"), comments=True) == ["a  goes"]


def test_a_cue_of_styling_alone_is_none() -> None:
    assert texts(line(r"{\an8}"), line(r" \N ")) == []


def test_a_line_said_twice_for_its_shadow_is_one_cue() -> None:
    assert texts(line(r"{\bord2}x"), line("x")) == ["x"]


@pytest.mark.parametrize(
    ("encoded", "language", "text"),
    [
        ("Grüße".encode(), None, "Grüße"),
        ("Grüße".encode("latin-1"), "ger", "Grüße"),
        ("Привет".encode("cp1251"), "rus", "Привет"),
        ("\N{BULLET}".encode("cp1252"), None, "\N{BULLET}"),
        (b"\x81\x8d", None, "\N{REPLACEMENT CHARACTER}" * 2),
    ],
)
def test_text_that_is_not_utf_8_is_read_as_its_language_was_written(
    encoded: bytes, language: str | None, text: str
) -> None:
    assert texts(line(encoded), language=language) == [text]


def test_a_line_cut_within_a_letter_stays_utf_8() -> None:
    cut = line("é" * LONGEST_LINE)[: LONGEST_LINE - 1]
    [text] = texts(cut)
    assert set(text) == {"é"}
    assert len(text) == 1000


def test_segments_carry_the_timestamp_map_and_cover_all_of_the_video() -> None:
    made = list(segments([], 150.5))
    assert [text for text, _ in made] == [HEADER] * 3
    assert [ticks for _, ticks in made] == [60 * CLOCK, 60 * CLOCK, round(30.5 * CLOCK)]
    assert "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000" in HEADER


@pytest.mark.parametrize(("length", "count"), [(0.04, 1), (60, 1), (60.001, 2), (120, 2)])
def test_there_are_as_many_segments_as_minutes_begin(length: float, count: int) -> None:
    assert len(list(segments([], length))) == count


def test_a_cue_that_spans_segments_stands_in_each_with_the_same_times() -> None:
    made = [text for text, _ in segments([Cue(59_000, 62_000, "both"), Cue(58_000, 60_000, "first")], 180)]
    told = "\n00:00:59.000 --> 00:01:02.000\nboth\n"
    assert [told in text for text in made] == [True, True, False]
    assert ["first" in text for text in made] == [True, False, False]


def test_what_looks_like_markup_is_escaped() -> None:
    [(text, _)] = segments([Cue(0, 1, "a <b> & --> c")], 1)
    assert text.endswith("\n00:00:00.000 --> 00:00:00.001\na &lt;b&gt; &amp; --&gt; c\n")


def test_hours_are_written_as_such() -> None:
    *_, (text, _) = segments([Cue(3_723_004, 3_724_000, "x")], 3725)
    assert "\n01:02:03.004 --> 01:02:04.000\n" in text


def test_a_minute_holds_at_most_a_thousand_cues() -> None:
    made = list(segments([Cue(n % 1000, 599_000, str(n)) for n in range(5000)], 600))
    assert [text.count("-->") for text, _ in made] == [1000] * 10
