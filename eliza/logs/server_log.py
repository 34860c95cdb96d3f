"""ServerLog: the last lines of the server's log, for people who look at it from afar."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import gevent
from gevent.monkey import get_original

from eliza.db.paging import Page
from eliza.events import Bus, Fact, LogWritten
from eliza.logs.levels import number
from eliza.logs.redaction import Redaction

_ROOT = "eliza"
_KEPT = 1000
_LONGEST_TEXT = 4000
_LARGEST = 2**53
_ABOUT_TELLING = ("eliza.realtime", "eliza.events")
_KNOWN = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "agent", "agent_id"})

_thread = get_original("threading", "get_ident")


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines to look at; what is None does not matter. ``level`` is that level and no other."""

    since: datetime | None = None
    level: int | None = None
    agent_name: str | None = None
    agent_id: str | None = None

    def fits(self, line: LogWritten) -> bool:
        return (
            (self.since is None or line.at >= self.since)
            and self.level in {None, line.level}
            and self.agent_name in {None, line.agent_name}
            and self.agent_id in {None, line.agent_id}
        )


class ServerLog:
    """Keeps the last 1,000 lines of this process between ``open`` and ``close``, and tells each as ``LogWritten``.

    Whoever reads it learns no secret and no traceback. Lines about the telling itself are kept and not told, for
    each would make the next.
    """

    def __init__(self, bus: Bus, redaction: Redaction) -> None:
        self._bus = bus
        self._redaction = redaction
        self._lines: deque[LogWritten] = deque(maxlen=_KEPT)
        self._tap = _Tap(self._take)
        self._hub = gevent.get_hub()

    def open(self) -> None:
        logging.getLogger(_ROOT).addHandler(self._tap)

    def close(self) -> None:
        logging.getLogger(_ROOT).removeHandler(self._tap)

    def last(self, sought: Sought, *, limit: int) -> Page[LogWritten]:
        """The newest ``limit`` of the lines that fit, oldest first."""
        found = [line for line in tuple(self._lines) if sought.fits(line)]
        return Page(found[-limit:], len(found))

    def clear(self) -> None:
        self._lines.clear()

    def _take(self, record: logging.LogRecord) -> None:
        line = self._line(record)
        self._lines.append(line)
        if not record.name.startswith(_ABOUT_TELLING):
            self._tell(line)

    def _tell(self, line: LogWritten) -> None:
        if _thread() == self._hub.thread_ident:
            self._bus.publish(line)
        else:  # The bus belongs to the event loop, and a line may be written by any thread.
            self._hub.loop.run_callback_threadsafe(self._bus.publish, line)

    def _line(self, record: logging.LogRecord) -> LogWritten:
        facts = vars(record)
        return LogWritten(
            at=datetime.fromtimestamp(record.created, UTC),
            level=number(record.levelno),
            text=self._shown(_text(record)),
            logger=record.name,
            agent_id=self._name(facts.get("agent_id")),
            agent_name=self._name(facts.get("agent")),
            fields={name: self._value(facts[name]) for name in facts if name not in _KNOWN},
        )

    def _name(self, value: object) -> str | None:
        return None if value is None else self._shown(str(value))

    def _value(self, value: object) -> Fact:
        is_small = isinstance(value, int | float) and abs(value) < _LARGEST  # It must fit into JSON.
        return cast(Fact, value) if value is None or is_small else self._shown(str(value))

    def _shown(self, text: str) -> str:
        return self._redaction(text).encode(errors="replace").decode()[:_LONGEST_TEXT]


class _Tap(logging.Handler):
    """Gives every record away."""

    def __init__(self, take: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self._take = take

    def createLock(self) -> None:  # noqa: N802  # The name in logging.
        """None: a deque needs no lock, and one would let threads wait for the event loop."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._take(record)
        except Exception:
            self.handleError(record)


def _text(record: logging.LogRecord) -> str:
    failure = record.exc_info[1] if record.exc_info else None
    said = record.getMessage()
    return said if failure is None else f"{said}: {type(failure).__name__}: {failure}"
