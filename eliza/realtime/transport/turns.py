"""Turns: what happens between two looks of the event loop at its sockets.

The first frame posted to a connection in a turn is written at once, so a lone message is never late. Those that follow
in the same turn are written together at its end, so a burst of twenty costs two system calls and not twenty.
"""

from collections.abc import Callable
from typing import Protocol


class EndsTurn(Protocol):
    def end_turn(self) -> None: ...


class Turns(Protocol):
    def current(self) -> int:
        """The number of this turn; a new one means that other work ran in between."""
        ...

    def at_end(self, connection: EndsTurn) -> None:
        """Call ``connection.end_turn()`` once when this turn is over."""
        ...


class LoopTurns:
    """Turns of gevent's loop. ``soon`` runs a function after the running greenlet gives way."""

    def __init__(self, soon: Callable[[Callable[[], None]], object]) -> None:
        self._soon = soon
        self._number = 0
        self._is_counting = False
        self._waiting: list[EndsTurn] = []

    def current(self) -> int:
        if not self._is_counting:
            self._is_counting = True
            self._soon(self._end)
        return self._number

    def at_end(self, connection: EndsTurn) -> None:
        self._waiting.append(connection)

    def _end(self) -> None:
        self._is_counting = False
        self._number += 1
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.end_turn()


class NoTurns:
    """For threads, which are not cut into turns: every frame is written when it is posted."""

    def __init__(self) -> None:
        self._number = 0

    def current(self) -> int:
        self._number += 1
        return self._number

    def at_end(self, connection: EndsTurn) -> None:
        connection.end_turn()
