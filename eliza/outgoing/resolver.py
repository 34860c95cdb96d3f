"""Resolver: asking the system what a name means, at nobody else's expense."""

import socket
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from gevent.monkey import get_original
from gevent.threadpool import ThreadPool

_AT_ONCE = 8

Ask = Callable[..., Sequence[tuple[Any, ...]]]


class Resolver:
    """What the system knows of a host, each address once; nothing where it knows none.

    A question cannot be taken back: whoever asked may be told that time is up, and the thread waits on for a name
    server that never answers. So there are threads for this alone. On those that all share, a few such names would
    keep passwords from being checked and files from being read.
    """

    def __init__(self, ask: Ask | None = None) -> None:
        self._ask: Ask = ask or get_original("socket", "getaddrinfo")

    def __call__(self, host: str, port: int) -> list[str]:
        found: list[str] = self._threads.apply(self._found, (host, port))
        return found

    @cached_property
    def _threads(self) -> ThreadPool:
        # Made when first needed: threads belong to the event loop of the process, and do not survive a fork.
        return ThreadPool(_AT_ONCE)

    def _found(self, host: str, port: int) -> list[str]:
        # What is raised on such a thread is printed there, although the caller is told.
        try:
            found = self._ask(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return []
        return list(dict.fromkeys(str(address[0]) for *_, address in found))
