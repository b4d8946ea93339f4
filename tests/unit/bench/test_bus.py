"""Figures of the bus comparison are computed right; that it runs is in tests/integration."""

from bench.bus.__main__ import Measured, figures, guarantees, verdict
from bench.bus.measuring import Paced, paced, rate
from bench.bus.ways import ways


def _measured(*rates: float) -> list[Measured]:
    return [Measured(way, [value], [Paced(1.0, 2.0)]) for way, value in zip(ways(), rates, strict=False)]


def test_a_rate_counts_the_gaps_between_the_first_and_the_last() -> None:
    assert rate([0, 500_000_000, 2_000_000_000]) == 1


def test_latency_is_taken_event_by_event_in_milliseconds() -> None:
    sent = {str(number): number * 10**9 for number in range(100)}
    handled = {name: at + (int(name) + 1) * 10**6 for name, at in sent.items()}
    assert paced(sent, handled) == Paced(51.0, 100.0)


def test_every_way_says_what_it_guarantees_and_gives_up() -> None:
    said = guarantees([Measured(way) for way in ways()])
    assert all(way.guarantees and way.gives_up and way.name in said for way in ways())


def test_the_table_relates_everybody_to_us() -> None:
    assert "2.00 (2.00-2.00)" in figures(_measured(100, 100, 200))


def test_only_who_gives_the_same_on_the_same_database_is_a_rival() -> None:
    """In the order of `ways`: ours on both databases, two that give less, then those with tables by hand."""
    assert verdict(_measured(100, 100, 900, 900, 99, 99, 99, 99)) == 0
    assert verdict(_measured(100, 98, 900, 900, 101, 90, 50, 50)) == 1
