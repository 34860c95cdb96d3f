"""Proxy: what nginx does with the configuration in SECURITY.md, as far as the server behind it can tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import gevent
from gevent import socket
from gevent.server import StreamServer
from gevent.socket import socket as Socket  # noqa: N812  # gevent's name for the class.

_PIECE = 1 << 16


@contextmanager
def proxy_to(url: str, *, host: str, client: str, scheme: str = "https") -> Iterator[str]:
    """The URL of a proxy that says it asks for ``client``, who called it by the name ``host``."""
    target = (urlsplit(url).hostname or "", urlsplit(url).port or 80)
    claims = f"X-Forwarded-For: {client}\r\nX-Forwarded-Proto: {scheme}\r\nX-Forwarded-Host: {host}\r\n".encode()

    def carry(downstream: Socket, _address: object) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (piece := downstream.recv(_PIECE)):
            head += piece
        line, _, rest = head.partition(b"\r\n")
        with socket.create_connection(target) as upstream:
            upstream.sendall(line + b"\r\n" + claims + rest)
            ways = [gevent.spawn(_pass_on, downstream, upstream), gevent.spawn(_pass_on, upstream, downstream)]
            gevent.joinall(ways, count=1)
            gevent.killall(ways)

    server = StreamServer(("127.0.0.1", 0), carry)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.stop(timeout=0)


def _pass_on(source: Socket, target: Socket) -> None:
    try:
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    except OSError:
        return
