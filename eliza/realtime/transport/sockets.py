"""Sockets: Flask-SocketIO's front, with our server behind it."""

import signal
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_socketio import SocketIO

from eliza.realtime.transport.server import Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from eliza.realtime.transport.gate import Listener

_PATH = "/socket.io/"
_STOP_SECONDS = 10.0
_LAST_WORDS = 2.0
"""Seconds before the end of all patience at which those who wait are told how it stands."""
_LOOK_EVERY = 0.1


class Sockets(SocketIO):  # type: ignore[misc]  # Flask-SocketIO has no types.
    """What Flask-SocketIO offers, over a server that was built beforehand."""

    wsgi_server: "Listener | None"

    def __init__(self, app: Flask, server: Server, *, request_seconds: float) -> None:
        super().__init__()
        self.server = server
        self.request_seconds = request_seconds
        self.let_go: Callable[[], None] = lambda: None
        """Called near the end, to let those go who wait for something that will not come in time."""
        self.init_app(app)

    def init_app(self, app: Flask, **options: Any) -> None:
        self.server_options.update(options)
        self.async_mode = self.server.async_mode
        app.extensions["socketio"] = self
        self.sockio_mw = Fork(app, app.wsgi_app, self.server)
        app.wsgi_app = self.sockio_mw  # type: ignore[method-assign]  # Flask's own way to put something before it.

    def run(self, app: Flask, host: str | None = None, port: int | None = None, **options: Any) -> None:
        """Serve until SIGINT or SIGTERM, or until ``stop``: on gevent's server, with threads on Werkzeug's."""
        host, port = host or "127.0.0.1", 5000 if port is None else port
        if self.async_mode == "gevent":
            self._run_on_gevent(app, host, port)
        else:
            app.run(host=host, port=port, threaded=True, use_reloader=False, **options)

    def stop(self) -> None:
        """Close the sockets and stop the server that ``run`` started, once it has answered what it was asked.

        For that it has ten seconds. Said again it is meant at once.
        """
        self.server.eio.close_all()
        server = self.wsgi_server
        if server is None:
            return
        if not server.started:
            server.connections.kill(block=False)
            return
        server.close()
        self._see_off(server)

    def _see_off(self, server: "Listener") -> None:
        import gevent  # noqa: PLC0415  # Threads must do without it.

        until = time.monotonic() + _STOP_SECONDS
        while len(server.connections) and time.monotonic() < until:
            if time.monotonic() > until - _LAST_WORDS:
                self.let_go()
            gevent.killall(list(server.idle), block=False)
            gevent.sleep(_LOOK_EVERY)

    def _run_on_gevent(self, app: Flask, host: str, port: int) -> None:
        import gevent  # noqa: PLC0415  # Threads must do without it.

        from eliza.realtime.transport.gate import Listener  # noqa: PLC0415

        self.wsgi_server = Listener((host, port), app, seconds=self.request_seconds)
        if gevent.get_hub().loop.default:
            for number in (signal.SIGINT, signal.SIGTERM):
                gevent.signal_handler(number, self.stop)
        self.server.eio.is_closing = False
        self.wsgi_server.serve_forever(stop_timeout=_STOP_SECONDS)


class Fork:
    """Sends requests for the sockets to them and all others on to the application."""

    def __init__(self, app: Flask, wsgi_app: "WSGIApplication", server: Server) -> None:
        self._app = app
        self._server = server
        self.wsgi_app = wsgi_app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(_PATH):
            return self.wsgi_app(environ, start_response)
        return self._server.eio.handle_request({**environ, "flask.app": self._app}, start_response)
