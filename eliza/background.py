"""Background: work that nobody waits for."""

import logging
from collections.abc import Callable
from typing import Protocol

import gevent
from gevent.event import Event
from gevent.pool import Group

log = logging.getLogger(__name__)


class Background(Protocol):
    def run(self, work: Callable[[], None]) -> None:
        """Do ``work`` soon; its failure is logged and reaches nobody."""
        ...

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        """Do ``work`` again and again, ``seconds`` after each end, until stopped."""
        ...

    def stop(self, timeout: float = 5) -> None:
        """Let running work end for up to ``timeout`` seconds, then cut it off."""
        ...


class Greenlets:
    """Background work on gevent, as in production."""

    def __init__(self) -> None:
        self._once = Group()
        self._repeating = Group()
        self._stopping = Event()

    def run(self, work: Callable[[], None]) -> None:
        self._once.spawn(_guarded, work)

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        self._repeating.spawn(self._repeat, seconds, work)

    def stop(self, timeout: float = 5) -> None:
        self._stopping.set()
        self._once.join(timeout)
        self._once.kill()
        self._repeating.kill()

    def _repeat(self, seconds: float, work: Callable[[], None]) -> None:
        while not self._stopping.wait(seconds):
            _guarded(work)


class Immediate:
    """Background work done at once, for tests; what repeats runs when ``tick`` is called."""

    def __init__(self) -> None:
        self._repeating: list[Callable[[], None]] = []

    def run(self, work: Callable[[], None]) -> None:
        work()

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        self._repeating.append(work)

    def tick(self) -> None:
        for work in self._repeating:
            work()

    def stop(self, timeout: float = 5) -> None:
        self._repeating.clear()


def _guarded(work: Callable[[], None]) -> None:
    try:
        work()
    except gevent.GreenletExit:
        raise
    except Exception:
        log.exception("background work failed", extra={"work": getattr(work, "__qualname__", repr(work))})
