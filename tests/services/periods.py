"""Periods: background work whose time comes when a test says so."""

from collections.abc import Callable

from eliza.background import Greenlets


class Periods(Greenlets):
    """What is to be done again and again waits until a test lets so many seconds pass."""

    def __init__(self) -> None:
        super().__init__()
        self._works: list[tuple[float, Callable[[], None]]] = []

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        self._works.append((seconds, work))

    def let_pass(self, seconds: float) -> None:
        for period, work in self._works:
            if period == seconds:
                work()
