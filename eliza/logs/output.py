"""Output: how log lines look on the console: for people, or as JSON."""

import logging
import sys

import structlog

_NAMES = {"trace": logging.DEBUG, "warn": logging.WARNING, "fatal": logging.CRITICAL}


def configure(level: str, *, as_json: bool) -> None:
    """Send everything from ``level`` on to standard error, each fact of a line as a field of its own."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False, pad_event_to=0)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logger = logging.getLogger("eliza")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(_NAMES.get(level, level.upper()))
