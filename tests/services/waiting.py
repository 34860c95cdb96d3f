"""Waiting: for what another process or greenlet is about to bring about, with a deadline instead of a sleep."""

import time
from collections.abc import Callable
from typing import TypeVar

import gevent

T = TypeVar("T")
_STEP = 0.02


def eventually(check: Callable[[], T], *, within: float = 5) -> T:
    """Ask again and again until ``check`` gives something truthy, and return it.

    An ``AssertionError`` or ``OSError`` of the check counts as "not yet". When time is up, the last one is raised.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            answer = check()
            if answer:
                return answer
            failure: Exception = AssertionError(f"Not true within {within:g} seconds: the check gave {answer!r}.")
        except (AssertionError, OSError) as error:
            failure = error
        if time.monotonic() > deadline:
            raise failure
        gevent.sleep(_STEP)
