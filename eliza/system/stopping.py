"""Stopping: the server is told over its own interface to end."""

import os
import signal
from collections.abc import Callable
from functools import partial

from eliza.background import Background
from eliza.errors import Conflict


class ServedByAnother(Conflict):
    code = "SERVED_BY_ANOTHER"

    def __init__(self) -> None:
        super().__init__("Another program serves Eliza inside of itself; end that one")


class Stopping:
    """``loop`` ends the server's own loop, while that is what serves."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self.loop: Callable[[], None] | None = None

    def end_of(self, program: str) -> Callable[[], None]:
        """What ends the program, as SIGTERM would, and does not wait for that.

        Raises ``ServedByAnother`` when it is not ours to end.
        """
        return partial(self._background.run, self._way(program))

    def _way(self, program: str) -> Callable[[], None]:
        if program.startswith("gunicorn"):
            return _end_gunicorn
        if program.startswith("Werkzeug"):
            return _interrupt
        if self.loop is None:
            raise ServedByAnother
        return self.loop


def _end_gunicorn() -> None:
    os.kill(os.getppid(), signal.SIGTERM)


def _interrupt() -> None:
    # Werkzeug knows no other end in good order: SIGTERM would be the end at once.
    os.kill(os.getpid(), signal.SIGINT)
