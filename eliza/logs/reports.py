"""Reports: what clients want to have noted stands in the server's log, among its own lines."""

import logging
import re
from collections.abc import Iterable

import orjson

from eliza.logs.bodies import Report
from eliza.logs.levels import python_level

log = logging.getLogger(__name__)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def note(reports: Iterable[Report]) -> None:
    """Write each as a line of its own; none can look like two, or like one of ours."""
    for report in reports:
        more = {"metadata": orjson.dumps(report.metadata).decode()} if report.metadata else {}
        log.log(
            python_level(report.level), _one_line(report.message), extra={"source": _one_line(report.source), **more}
        )


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text)
