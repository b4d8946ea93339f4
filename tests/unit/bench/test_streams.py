"""The figures of open streams; they are taken in tests/e2e."""

import os

from bench.cost import cpu_of
from bench.listeners import Listeners
from bench.memory import peak, proportional, resident
from bench.streams import Phase, figures


def phase(name: str, resident: float, events: int = 0) -> Phase:
    return Phase(name, resident, resident - 10, resident + 5, 0.25, events, 0.4)


def test_each_phase_is_held_against_the_same_without_listeners() -> None:
    shown = figures(
        [phase("alone", 100), phase("busy", 120), phase("listening", 109, 7), phase("both", 150, 9)]
    )
    *_, listening, both = shown.splitlines()
    assert "| +9 " in listening
    assert "| +30 " in both


def test_streams_are_as_far_apart_as_the_last_is_from_the_first_where_all_got_it() -> None:
    heard = Listeners("http://127.0.0.1:9", reading=2)
    heard.arrivals.update({b"a": [1.0, 1.25], b"b": [2.0, 2.5], b"only one got it yet": [3.0]})
    assert heard.spread() == 0.5


def test_a_process_is_asked_of_the_kernel() -> None:
    before = cpu_of(os.getpid())
    sum(range(3_000_000))
    assert cpu_of(os.getpid()) >= before
    assert 0 < proportional(os.getpid()) <= resident(os.getpid()) <= peak(os.getpid()) + 1
