"""Which streams become subtitles."""

from typing import Any

from workers.media.reading import read_source
from workers.media.subtitles import tracks


def streams(*codecs: str) -> Any:
    return {
        "format": {"format_name": "matroska,webm", "duration": "5"},
        "streams": [
            {"index": number, "codec_type": "subtitle", "codec_name": codec}
            for number, codec in enumerate(codecs)
        ],
    }


def test_text_is_kept_and_pictures_are_left_out() -> None:
    source = read_source(
        streams("subrip", "hdmv_pgs_subtitle", "ass", "dvd_subtitle", "mov_text"), frozenset()
    )
    kept = {name: stream.index for name, stream in tracks(source).items()}
    assert kept == {"subtitles-0": 0, "subtitles-1": 2, "subtitles-2": 4}


def test_there_are_at_most_thirty_two() -> None:
    assert len(tracks(read_source(streams(*["subrip"] * 60), frozenset()))) == 32


def test_a_title_is_a_line_that_fits_a_menu() -> None:
    answer = streams("subrip", "subrip")
    answer["streams"][0]["tags"] = {"title": "Full\n\x00" + "x" * 200}
    answer["streams"][1]["disposition"] = {"forced": 1}
    first, second = tracks(read_source(answer, frozenset())).values()
    assert (first.title, first.forced) == ("Full" + "x" * 96, False)
    assert (second.title, second.forced) == (None, True)
