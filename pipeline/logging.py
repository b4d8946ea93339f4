"""Log lines: JSON where a machine reads them, readable on a terminal, each with the ids it belongs to."""

import logging
import sys

import structlog

from pipeline.settings import Settings


def configure(settings: Settings, **fields: str) -> None:
    """Sets up structlog and the standard library's logging; `fields` stand on every line of this process."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(settings))
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for chatty in ("aio_pika", "httpx", "httpcore", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for alarmed in ("aiormq", "urllib3"):  # they warn of outages, which we tell ourselves and wait out
        logging.getLogger(alarmed).setLevel(logging.ERROR)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(**fields)


def _rendering(settings: Settings) -> list[structlog.typing.Processor]:
    readable = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if readable:
        return [remove_meta, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [remove_meta, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
