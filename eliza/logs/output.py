"""Output: how log lines look on the console: for people, or as JSON."""

import logging
import re
import sys
from typing import Any

import structlog

from eliza.logs.redaction import Redaction

_NAMES = {"trace": logging.DEBUG, "warn": logging.WARNING, "fatal": logging.CRITICAL}


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All but tabs and the ends of lines, which tracebacks need."""


def configure(level: str, *, as_json: bool, redaction: Redaction) -> None:
    """Send everything from ``level`` on to standard error, each fact of a line as a field of its own.

    No line holds a secret, or what would make a terminal do something.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _shown_by(redaction),
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


def _shown_by(redaction: Redaction) -> structlog.typing.Processor:
    def shown(value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, list | tuple):
            return [shown(item) for item in value]
        return _CONTROL.sub(_escaped, redaction(str(value)))

    def show(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        # What begins with an underscore is structlog's own, and not for show.
        return {name: value if name.startswith("_") else shown(value) for name, value in line.items()}

    return show


def _escaped(control: re.Match[str]) -> str:
    return f"\\x{ord(control[0]):02x}"
