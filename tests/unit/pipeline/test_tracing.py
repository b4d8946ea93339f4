"""One trace per video: every span continues what came with the event, and log lines carry its id."""

import re

import structlog

from pipeline.tracing import current_traceparent, new_traceparent, span, trace_id

CAME = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_span_continues_the_trace_it_came_with_under_an_id_of_its_own() -> None:
    with span("transcode", CAME) as inside:
        assert trace_id(inside) == trace_id(CAME)
        assert inside != CAME
        assert current_traceparent() == inside


def test_a_span_inside_a_span_belongs_to_the_same_trace() -> None:
    with span("outer", CAME) as outer, span("inner", outer) as inner:
        assert trace_id(inner) == trace_id(outer)
        assert inner != outer


def test_a_span_of_another_video_leaves_the_trace_that_is_open() -> None:
    with span("outer", CAME), span("inner", new_traceparent()) as inner:
        assert trace_id(inner) != trace_id(CAME)


def test_a_span_with_nothing_to_continue_starts_a_trace() -> None:
    with span("one") as one:
        pass
    with span("other") as other:
        pass
    assert trace_id(one) != trace_id(other)


def test_a_traceparent_that_is_damaged_starts_a_trace_instead_of_an_error() -> None:
    with span("transcode", "damaged") as inside:
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-9a-f]", inside)


def test_log_lines_inside_carry_the_trace_and_the_ids_and_outside_do_not() -> None:
    with span("transcode", CAME, video_id="v", stage="transcode"):
        inside = structlog.contextvars.get_contextvars()
    assert inside == {"trace_id": trace_id(CAME), "video_id": "v", "stage": "transcode"}
    assert structlog.contextvars.get_contextvars() == {}


def test_new_traceparents_are_well_formed_and_all_different() -> None:
    made = [new_traceparent() for _ in range(5)] + [current_traceparent()]
    assert all(re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-9a-f]", one) for one in made)
    assert len({trace_id(one) for one in made}) == len(made)


def test_a_new_trace_is_not_part_of_the_one_that_is_open() -> None:
    with span("transcode", CAME):
        assert trace_id(new_traceparent()) != trace_id(CAME)
