"""Gate: gevent's HTTP server made fit for a network. For development, and for workers that are built on it.

pywsgi takes requests two servers can read in two ways, delays small writes, and does not say when it will close.
"""

import re
import socket
import sys
import time
from io import BytesIO
from socket import socket as Socket  # noqa: N812  # pywsgi has an attribute of the other name.
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from eliza.realtime.transport.fair import fair
from eliza.realtime.transport.upgrade import CONNECTION

_MAX_LINE = 8192
_MAX_LINES = 100
_MOST_CONNECTIONS = 10_000
_UNREAD_TIMES = 4
"""The kernel only looks at whether anything was taken, and a phone in a tunnel takes nothing for a while."""

_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*\r\n")


class BadRequest(ValueError):
    """A request that another server might read differently; pywsgi answers 400."""


class Gate:
    """To be put before pywsgi's handler class: a strict look at the headers before anything is made of them.

    A client that takes longer than ``seconds`` to ask, or to send what nobody wanted to read, is hung up on; so is
    one that takes none of its answer for four times as long.
    """

    seconds = 15.0

    server: Any
    wsgi_input: Any
    socket: Socket
    headers: Any
    rfile: Any
    close_connection: bool
    code: int
    request_version: str
    response_headers: list[tuple[bytes, bytes]]

    def __init__(self, sock: Socket, *arguments: Any, **options: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        expect_readers(sock, self.seconds)
        super().__init__(fair(sock), *arguments, **options)  # type: ignore[call-arg]

    def MessageClass(self, stream: Any, *arguments: Any) -> Any:  # noqa: N802  # pywsgi's name.
        block = _header_lines(stream)
        check(block)
        return super().MessageClass(BytesIO(b"".join(block) + b"\r\n"), *arguments)  # type: ignore[misc]

    def read_requestline(self) -> str:
        gevent.sleep(0)  # It may be here already, and all that follow it: others shall have their turn in between.
        self._deadline = time.monotonic() + self.seconds
        # A server that ends sees off those who wait for nothing.
        idle: set[Any] = getattr(self.server, "idle", set())
        idle.add(gevent.getcurrent())
        try:
            # pywsgi takes an error of the socket for a client that has left, and is quiet about it.
            with self._in_time(TimeoutError("too slow")):
                line: str = super().read_requestline()  # type: ignore[misc]
                return line
        finally:
            idle.discard(gevent.getcurrent())

    def read_request(self, raw_requestline: str) -> bool:
        if len(raw_requestline.split(" ")) != 3 or not raw_requestline.endswith("\r\n"):
            raise BadRequest("not an HTTP/1 request line")
        with self._in_time(BadRequest("too slow")):
            accepted: bool = super().read_request(raw_requestline)  # type: ignore[misc]
        if self.request_version != "HTTP/1.1" and "transfer-encoding" in self.headers:
            raise BadRequest("HTTP/1.0 knows no transfer encodings")
        tokens = {token.strip() for token in self.headers.get("connection", "").lower().split(",")}
        self.close_connection = self.close_connection or "close" in tokens
        return accepted

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()  # type: ignore[misc]
        environ[CONNECTION] = (self.socket, self.rfile)
        self.wsgi_input = _Rest(self, self.wsgi_input)
        return environ

    def _in_time(self, failure: Exception) -> gevent.Timeout:
        return gevent.Timeout(max(0.0, self._deadline - time.monotonic()), failure)

    def process_result(self) -> None:
        if self.code == 101:
            self.close_connection = True
        else:
            super().process_result()  # type: ignore[misc]

    def finalize_headers(self) -> None:
        super().finalize_headers()  # type: ignore[misc]
        names = {name.lower() for name, _ in self.response_headers}
        if self.close_connection and b"connection" not in names:
            self.response_headers.append((b"Connection", b"close"))


class _Rest:
    """What is left of a body when the answer is out: pywsgi reads it to come to the next request, if it takes forever.

    If it does not come soon, there is no next request.
    """

    def __init__(self, gate: Gate, body: Any) -> None:
        self._gate = gate
        self._body = body

    def _discard(self) -> None:
        try:
            with gevent.Timeout(self._gate.seconds, TimeoutError("too slow")):
                self._body._discard()
        except TimeoutError:
            self._gate.close_connection = True


class Listener(WSGIServer):
    """A pywsgi server that knows its connections, and which of them wait for nothing."""

    def __init__(self, address: tuple[str, int], application: Any, *, seconds: float) -> None:
        self.idle: set[Any] = set()
        self.connections: Pool = Pool(_MOST_CONNECTIONS)
        super().__init__(address, application, handler_class=handler(seconds), spawn=self.connections, log=None)


class Handler(Gate, WSGIHandler):  # type: ignore[misc]  # gevent's handler has no types.
    """For a pywsgi server of our own."""


def handler(seconds: float) -> type[Handler]:
    """One that gives clients so many seconds to ask."""
    return type("PatientHandler", (Handler,), {"seconds": seconds})


def guard_gunicorn(seconds: float) -> None:
    """Put the gate before those of gunicorn's workers that are built on pywsgi, if one of them is in use.

    ``wsgi_handler`` is where these workers let others say how requests are handled.
    """
    ggevent = sys.modules.get("gunicorn.workers.ggevent")
    if ggevent is None:
        return
    guarded = type("GuardedHandler", (Gate, ggevent.PyWSGIHandler), {"seconds": seconds})
    ggevent.GeventPyWSGIWorker.wsgi_handler = guarded
    stock = sys.modules.get("geventwebsocket.gunicorn.workers")
    if stock is not None:
        stock.GeventWebSocketWorker.wsgi_handler = guarded


def expect_readers(sock: Socket, seconds: float) -> None:
    """Have the kernel end connections whose client takes nothing of what it is sent for four times ``seconds``.

    Said of a socket that listens, it is true of all it accepts. A client that takes little is given its time.
    """
    # Linux knows it; elsewhere a client that never reads is held until it goes.
    if sock.family in (socket.AF_INET, socket.AF_INET6) and hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(_UNREAD_TIMES * seconds * 1000))


def check(lines: list[bytes]) -> None:
    """Raise ``BadRequest`` unless every server reads these header lines in the same way."""
    seen: dict[bytes, list[bytes]] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise BadRequest("not a header line")
        seen.setdefault(match[1].lower(), []).append(match[2])
    if any(len(seen.get(name, ())) > 1 for name in (b"content-length", b"transfer-encoding", b"host")):
        raise BadRequest("a header that may be there once")
    if b"content-length" in seen and b"transfer-encoding" in seen:
        raise BadRequest("two ways to tell the length of the body")
    if not all(length.isdigit() for length in seen.get(b"content-length", ())):
        raise BadRequest("a length that is no number")
    if any(coding.lower() != b"chunked" for coding in seen.get(b"transfer-encoding", ())):
        raise BadRequest("an unknown transfer encoding")


def _header_lines(stream: Any) -> list[bytes]:
    lines: list[bytes] = []
    while (line := stream.readline(_MAX_LINE + 1)) != b"\r\n":
        if not line.endswith(b"\r\n") or len(lines) >= _MAX_LINES:
            raise BadRequest("the headers are too long, or not lines")
        lines.append(line)
    return lines
