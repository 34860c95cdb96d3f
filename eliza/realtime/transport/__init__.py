"""Transport: Socket.IO and WebSockets, hardened against the network; knows nothing of the rest of Eliza."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import WSGIRequestHandler

from eliza.realtime.transport.fanout import LocalFanOut, RedisFanOut
from eliza.realtime.transport.origins import Origins
from eliza.realtime.transport.server import Server
from eliza.realtime.transport.sockets import Sockets

if TYPE_CHECKING:
    from flask_socketio import SocketIO

__all__ = ["Server", "Sockets", "create_sockets", "run"]


def create_sockets(
    app: Flask,
    *,
    origins: Sequence[str] | None,
    ping_interval: float = 25,
    ping_timeout: float = 20,
    connect_timeout: float = 10,
    max_message_bytes: int = 1_000_000,
    message_queue: str | None = None,
    write_deadline: float = 20,
    most_per_address: int = 100,
    request_seconds: float = 15,
) -> "SocketIO":
    """Put Socket.IO before ``app`` at ``/socket.io/``.

    Register handlers on ``.server``: those of one client run one after the other, in the order it sent, and hold up
    nobody else. Emitting never waits for a client. ``origins`` are the pages from elsewhere that may connect, ``*``
    for all; pages of the server itself always may. ``message_queue`` is a ``redis://`` URL when several processes
    share the rooms. A client that takes nothing for ``write_deadline`` seconds is cut off.
    ``most_per_address`` connections of one address may be open, and fifty times as many of this machine. What is
    posted has ``request_seconds`` to arrive; so have the headers of every request that ``run`` serves.
    """
    mode = _async_mode()
    if mode == "gevent":
        from eliza.realtime.transport.gate import guard_gunicorn  # noqa: PLC0415  # Threads must do without gevent.

        guard_gunicorn(request_seconds)
    else:
        WSGIRequestHandler.timeout = request_seconds  # ``flask run`` makes its server itself.
    server = Server(
        async_mode=mode,
        origins=Origins(origins),
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        connect_timeout=connect_timeout,
        max_http_buffer_size=max_message_bytes,
        write_deadline=write_deadline,
        most_per_address=most_per_address,
        client_manager=RedisFanOut(message_queue, channel="eliza") if message_queue else LocalFanOut(),
    )
    server.eio.body_seconds = request_seconds
    return Sockets(app, server, request_seconds=request_seconds)


def run(app: Flask, sockets: "SocketIO", host: str, port: int) -> None:
    """Serve in this process until it is told to stop; for development and for programs that embed the server."""
    sockets.run(app, host=host, port=port)


def _async_mode() -> str:
    """Greenlets where the standard library was made to use them, threads elsewhere.

    ``flask run`` serves with threads even then: gevent's own sockets would not work below its server.
    """
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        return "threading"
    try:
        from gevent.monkey import is_module_patched  # noqa: PLC0415  # Threads must do without gevent.
    except ImportError:
        return "threading"
    return "gevent" if is_module_patched("socket") else "threading"
