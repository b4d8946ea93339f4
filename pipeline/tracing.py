"""Trace ids: one per video, a span per stage, carried as W3C `traceparent` through events and log lines.

https://www.w3.org/TR/trace-context/
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = TracerProvider(shutdown_on_exit=False).get_tracer("reelmill")


@contextmanager
def span(name: str, traceparent: str | None = None, **log_fields: object) -> Iterator[str]:
    """A span called `name` that continues `traceparent`; yields its own. Log lines inside carry its ids."""
    parent = _propagator.extract({"traceparent": traceparent} if traceparent else {})
    with _tracer.start_as_current_span(name, context=parent, record_exception=False) as current:
        trace_id = trace.format_trace_id(current.get_span_context().trace_id)
        with structlog.contextvars.bound_contextvars(trace_id=trace_id, **log_fields):
            yield current_traceparent()


def current_traceparent() -> str:
    """Of the span we are in; a new trace where there is none."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    if "traceparent" in carrier:
        return carrier["traceparent"]
    with _tracer.start_as_current_span("start"):
        return current_traceparent()


def new_traceparent() -> str:
    with _tracer.start_as_current_span("start", context=_propagator.extract({})):
        return current_traceparent()


def trace_id(traceparent: str) -> str:
    """The 32 hex digits that all spans of a trace share."""
    return traceparent.split("-")[1]
