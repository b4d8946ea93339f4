"""Which picture is worth showing."""

import random

from workers.media.poster import score, spread

PIXELS = 64 * 36
BUSY = bytes(random.Random(1).choices(range(60, 200), k=PIXELS))


def test_black_and_white_are_the_last_choice() -> None:
    black, white, grey = bytes([16] * PIXELS), bytes([235] * PIXELS), bytes([120] * PIXELS)
    assert max(score(black), score(white)) < score(grey) < score(BUSY)


def test_a_fade_loses_to_the_picture_it_fades_to() -> None:
    faded = bytes(16 + (level - 16) // 4 for level in BUSY)
    assert score(faded) < score(BUSY)


def test_looks_are_spread_and_stay_away_from_both_ends() -> None:
    assert spread(3, 6) == [0, 1, 2]
    looks = spread(600, 6)
    assert looks == sorted(set(looks))
    assert len(looks) == 6
    assert looks[0] > 10
    assert looks[-1] < 590
