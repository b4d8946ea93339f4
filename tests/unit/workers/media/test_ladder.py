"""Which renditions a picture gets."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pipeline.settings import MediaSettings
from workers.media.ladder import plan

SIDES = st.integers(min_value=1, max_value=8192)
RATES = st.fractions(min_value=Fraction(6), max_value=Fraction(300), max_denominator=1001)


def sizes(width: int, height: int, rate: int = 25) -> list[tuple[int, int]]:
    return [(rung.width, rung.height) for rung in plan(width, height, Fraction(rate))]


def test_full_hd_gets_five_rungs() -> None:
    assert sizes(1920, 1080) == [(1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]


def test_an_upright_video_gets_the_same_rungs_upright() -> None:
    assert sizes(1080, 1920) == [(height, width) for width, height in sizes(1920, 1080)]


def test_a_small_picture_keeps_its_own_size() -> None:
    assert sizes(320, 180) == [(320, 180)]


def test_a_size_between_two_rungs_is_kept_and_its_twin_left_out() -> None:
    assert [rung.name for rung in plan(1920, 800, Fraction(25))] == ["800p", "480p", "360p", "240p"]


def test_a_size_hardly_above_a_rung_is_that_rung() -> None:
    assert plan(1920, 1088, Fraction(25))[0].name == "1080p"


def test_nothing_is_larger_than_4k() -> None:
    assert sizes(7680, 4320)[0] == (3840, 2160)


def test_no_side_is_longer_than_h264_goes() -> None:
    assert sizes(36864, 64) == [(8064, 14)]
    assert sizes(64, 36864) == [(14, 8064)]
    assert sizes(100_000, 2) == [(8192, 2)]
    assert sizes(8192, 400)[0] == (8192, 400)


def test_small_rungs_show_every_second_frame_of_a_fast_video() -> None:
    rungs = {rung.name: rung for rung in plan(1280, 720, Fraction(60))}
    assert (rungs["720p"].rate, rungs["720p"].step, rungs["720p"].group) == (Fraction(60), 1, 120)
    assert (rungs["480p"].rate, rungs["480p"].step, rungs["480p"].group) == (Fraction(30), 2, 60)


@given(SIDES, SIDES, RATES)
def test_any_picture_gets_even_rungs_no_larger_than_itself(width: int, height: int, rate: Fraction) -> None:
    rungs = plan(width, height, rate)
    assert rungs
    for rung in rungs:
        assert rung.width % 2 == rung.height % 2 == 0
        assert rung.width <= max(width, 2) + 1
        assert rung.height <= max(height, 2) + 1
        assert rung.rate <= Fraction(301, 5)
    assert len({rung.name for rung in rungs}) == len(rungs)


@given(SIDES, SIDES, RATES)
def test_every_rung_has_its_keyframes_at_the_same_times(width: int, height: int, rate: Fraction) -> None:
    rungs = plan(width, height, rate)
    assert len({rung.group / rung.rate for rung in rungs}) == 1
    assert all(rung.rate * rung.step == rungs[0].rate for rung in rungs)


def test_the_ladder_is_what_is_set_in_any_order() -> None:
    wanted = MediaSettings(ladder=[360, 1080, 360], crf=26, preset="medium")
    rungs = plan(1920, 1080, Fraction(25), wanted)
    assert [(rung.name, rung.crf, rung.preset) for rung in rungs] == [
        ("1080p", 26, "medium"),
        ("360p", 26, "medium"),
    ]


def test_a_source_above_the_highest_rung_that_is_set_is_brought_down_to_it() -> None:
    assert [rung.name for rung in plan(3840, 2160, Fraction(25), MediaSettings(ladder=[720]))] == ["720p"]
