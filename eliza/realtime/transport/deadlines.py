"""Deadlines: all that is to happen later, on one thread, however many connections wait for it."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

_IDLE_SECONDS = 3600.0


class Deadlines:
    """Runs short actions at their time, by a clock that never steps. They must not block."""

    def __init__(self, spawn: Callable[[Callable[[], None]], object]) -> None:
        self._spawn = spawn
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._order = itertools.count()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._is_running = False

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run ``action`` in ``seconds``. It cannot be taken back: it looks for itself whether it is still wanted."""
        with self._lock:
            heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._order), action))
            is_first = self._heap[0][2] is action
            is_new, self._is_running = not self._is_running, True
        if is_new:
            self._spawn(self._run)
        elif is_first:
            self._changed.set()

    def _run(self) -> None:
        while True:
            self._changed.clear()
            for action in self._due():
                try:
                    action()
                except Exception:
                    log.exception("a deadline failed")
            self._changed.wait(self._seconds_to_next())

    def _due(self) -> list[Callable[[], None]]:
        now, due = time.monotonic(), []
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                due.append(heapq.heappop(self._heap)[2])
        return due

    def _seconds_to_next(self) -> float:
        with self._lock:
            return max(0.0, self._heap[0][0] - time.monotonic()) if self._heap else _IDLE_SECONDS
