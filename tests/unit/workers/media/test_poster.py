"""Which picture is worth showing."""

import random

import pytest

from workers.media.poster import score, spread, unrest

WIDTH, HEIGHT = 160, 90
PIXELS = WIDTH * HEIGHT


def noise(low: int, high: int) -> bytes:
    return bytes(random.Random(1).choices(range(low, high), k=PIXELS))


def checks(side: int, low: int = 40, high: int = 200) -> bytes:
    """Squares: sharp edges around plain areas, as things have."""
    return bytes(high if (x // side + y // side) % 2 else low for y in range(HEIGHT) for x in range(WIDTH))


def blurred(picture: bytes, reach: int) -> bytes:
    """The mean of what lies within `reach` pixels to the left and right."""
    return bytes(
        sum(picture[max(0, at - reach) : at + reach + 1]) // len(picture[max(0, at - reach) : at + reach + 1])
        for at in range(PIXELS)
    )


def faded(picture: bytes, share: float, to: int = 16) -> bytes:
    return bytes(round(to + (level - to) * share) for level in picture)


def test_black_and_white_are_the_last_choice() -> None:
    black, white, grey = bytes([16] * PIXELS), bytes([235] * PIXELS), bytes([120] * PIXELS)
    assert max(score(black), score(white)) < 0 <= score(grey) < score(noise(60, 200))


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("to", [16, 235])
def test_a_fade_loses_to_the_picture_it_fades_to(share: float, to: int) -> None:
    assert score(faded(checks(10), share, to)) < score(checks(10))


@pytest.mark.parametrize("reach", [2, 4])
def test_a_blurred_picture_loses_to_a_sharp_one_of_the_same_contrast(reach: int) -> None:
    assert score(blurred(checks(20), reach)) < score(checks(20)) - 5


def test_a_sharp_picture_of_less_contrast_may_beat_a_blurred_one() -> None:
    assert score(checks(6, low=60, high=170)) > score(blurred(checks(20), 6))


def test_what_differs_from_both_neighbours_is_restless_and_a_cut_is_not() -> None:
    scene, flash, other = checks(10), bytes([235] * PIXELS), checks(15)
    restless = unrest([scene, scene, flash, scene, scene, other, other])
    assert restless[2] > 50
    assert [value for number, value in enumerate(restless) if number != 2] == [0, 0, 0, 0, 0, 0]
    fading = unrest([faded(scene, share / 4) for share in range(5)])
    assert min(fading[1:]) > 10


def test_a_picture_alone_is_at_rest() -> None:
    assert unrest([checks(10)]) == [0.0]


def test_looks_are_spread_and_stay_away_from_both_ends() -> None:
    assert spread(3, 6) == [0, 1, 2]
    looks = spread(600, 6)
    assert looks == sorted(set(looks))
    assert len(looks) == 6
    assert looks[0] > 10
    assert looks[-1] < 590
