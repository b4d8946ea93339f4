"""What every test may ask for."""

import pytest
import structlog

pytest_plugins = ["tests.servers"]


@pytest.fixture(autouse=True, scope="session")
def _readable_logs() -> None:
    """Log lines of a failed test fit on a screen: no local variables in tracebacks."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, renderer])
