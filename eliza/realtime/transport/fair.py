"""Fair: a connection whose bytes never cease leaves the loop to the others now and then.

As long as bytes are there, gevent reads them without letting anybody else run, deadlines among them.
"""

import ssl
import time
from typing import Any

import gevent
from gevent.socket import socket as Socket  # noqa: N812  # It is a class.

_SLICE_SECONDS = 0.002
_WAITED_SECONDS = 0.001
_MOST_BYTES = 1 << 16
"""At a time: whoever is asked to throw a body away may take a slow look at all that was read."""


class FairSocket(Socket):
    """A connection that reads as any other does, and does not keep the loop to itself."""

    __slots__ = ("_since",)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._since = time.monotonic()

    def recv(self, size: int, *how: Any) -> bytes:
        before = time.monotonic()
        received: bytes = super().recv(min(size, _MOST_BYTES), *how)
        self._give_way(before)
        return received

    def recv_into(self, *how: Any) -> int:
        before = time.monotonic()
        count: int = super().recv_into(*how)
        self._give_way(before)
        return count

    def _give_way(self, before: float) -> None:
        now = time.monotonic()
        if now - before > _WAITED_SECONDS:
            self._since = now
        elif now - self._since > _SLICE_SECONDS:
            gevent.sleep(0)
            self._since = time.monotonic()


def fair(connection: Any) -> Any:
    """The same connection, to be used in its place. One with TLS stays as it is: what it has read, it keeps."""
    if isinstance(connection, ssl.SSLSocket):
        return connection
    family, kind, protocol = connection.family, connection.type, connection.proto
    return FairSocket(family, kind, protocol, fileno=connection.detach())
