"""Turns: what happens between two looks of the event loop at its sockets.

The first frame posted to a connection in a turn is written at once, so a lone message is never late. Those that follow
in the same turn are written together at its end, so a burst of twenty costs two system calls and not twenty.
"""

from collections.abc import Callable
from typing import Any, Protocol


class EndsTurn(Protocol):
    def end_turn(self) -> None: ...


class Turns(Protocol):
    def current(self) -> int:
        """The number of this turn; a new one means that other work ran in between."""
        ...

    def at_end(self, connection: EndsTurn) -> None:
        """Call ``connection.end_turn()`` once when this turn is over."""
        ...

    def settle(self) -> None:
        """A connection has come in: the thread we are on may touch connections."""
        ...

    def make_way(self) -> None:
        """Let the loop look at its sockets first, once for each caller: when a thousand connections end at once, what
        comes in meanwhile waits for one of them and not for all."""
        ...

    def bring(self, work: Callable[[], None]) -> bool:
        """From a thread that may not touch the connections: have ``work`` done where it may. Else False."""
        ...


class LoopTurns:
    """Turns of gevent's loop: the one that runs when the first connection comes."""

    def __init__(self) -> None:
        import gevent.lock  # noqa: PLC0415  # Threads must do without it.

        self._gevent = gevent
        self._hub: object = None
        self._gate = gevent.lock.BoundedSemaphore(1)
        self._number = 0
        self._is_counting = False
        self._waiting: list[EndsTurn] = []

    def current(self) -> int:
        if not self._is_counting:
            self._is_counting = True
            self._gevent.spawn_raw(self._end)
        return self._number

    def at_end(self, connection: EndsTurn) -> None:
        self._waiting.append(connection)

    def settle(self) -> None:
        self._hub = self._gevent.get_hub()

    def make_way(self) -> None:
        with self._gate:
            self._gevent.sleep(0)

    def bring(self, work: Callable[[], None]) -> bool:
        hub: Any = self._hub
        if hub is None or hub is self._gevent.get_hub():
            return False
        hub.loop.run_callback_threadsafe(self._gevent.spawn_raw, work)
        return True

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

    def settle(self) -> None:
        pass

    def make_way(self) -> None:
        pass

    def bring(self, work: Callable[[], None]) -> bool:
        return False
