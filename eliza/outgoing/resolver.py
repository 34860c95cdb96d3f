"""Resolver: resolves host names on threads of its own."""

import socket
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from gevent.monkey import get_original
from gevent.threadpool import ThreadPool

_AT_ONCE = 8

Lookup = Callable[..., Sequence[tuple[Any, ...]]]


class Resolver:
    """Returns the addresses of a host without duplicates; an empty list if there are none.

    A lookup cannot be cancelled: after a timeout its thread still waits for the name server. On the shared threads, a
    few such names would block the checking of passwords and the reading of files, so lookups have their own.
    """

    def __init__(self, lookup: Lookup | None = None) -> None:
        self._lookup: Lookup = lookup or get_original("socket", "getaddrinfo")

    def __call__(self, host: str, port: int) -> list[str]:
        found: list[str] = self._threads.apply(self._found, (host, port))
        return found

    @cached_property
    def _threads(self) -> ThreadPool:
        # Created on first use: threads belong to the event loop of the process and do not survive a fork.
        return ThreadPool(_AT_ONCE)

    def _found(self, host: str, port: int) -> list[str]:
        # gevent prints what a thread raises, although the caller gets it too.
        try:
            found = self._lookup(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return []
        return list(dict.fromkeys(str(address[0]) for *_, address in found))
