"""Torrent: a web server that sends faster than anybody reads, and never ends."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from typing import Any

import gevent
from gevent.monkey import get_original

_CRUMBS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_FLOODS = {
    b"/crumbs": (_CRUMBS, b"1\r\nx\r\n" * 10_000),
    b"/interim": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2_500),
}


@contextmanager
def torrent() -> Iterator[int]:
    """Its port on loopback. It runs on a thread of its own: one that took turns with the reader could not flood it."""
    listener = get_original("socket", "socket")()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    get_original("_thread", "start_new_thread")(_serve, (listener,))
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


@contextmanager
def heartbeat(pauses: list[float]) -> Iterator[None]:
    """Notes how long everybody else had to wait for their turn, in seconds."""
    beating = gevent.spawn(_beat, pauses)
    try:
        yield
    finally:
        gevent.sleep(0.02)
        beating.kill()


def _serve(listener: Any) -> None:
    with suppress(OSError):
        connection, _ = listener.accept()
        with connection:
            begin, more = _FLOODS[connection.recv(65536).split(b" ")[1]]
            connection.sendall(begin)
            for piece in repeat(more):
                connection.sendall(piece)


def _beat(pauses: list[float]) -> None:
    now = get_original("time", "monotonic")
    while True:
        before = now()
        gevent.sleep(0.01)
        pauses.append(now() - before)
