"""Worker: gunicorn's gevent worker, which sees everybody off before it goes.

Name it with ``-k eliza.worker.Worker``. The strict HTTP parser, the access log and nearly all limits are gunicorn's
own, and so is the connection that a WebSocket takes over. What is added here is the end: gunicorn waits for connections
to end by themselves, which WebSockets and idle clients never do, and kills the worker in the moment its patience is
over. And it would hold for ever who never reads what they asked for.
"""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import gevent
from greenlet import greenlet
from gunicorn.workers.ggevent import GeventWorker

_LOOK_EVERY = 0.1
_ECHO = 0.8
"""Seconds within which the same word may come twice and is meant once."""
_LAST_WORDS = 2
"""Seconds before the end of all patience at which those who wait for an agent are told how it stands."""
_TIME_TO_LEAVE = 4
"""Seconds of the graceful timeout kept for what comes after the last connection: the application's own end."""


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types.
    """Serves HTTP and WebSockets on greenlets."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._connections: set[greenlet] = set()
        self._idle: set[greenlet] = set()
        self._told_at = 0.0
        self._hurries = False

    def run(self) -> None:
        self._expect_readers()
        gevent.spawn(self._see_everybody_off)
        super().run()

    def handle(self, listener: Any, client: Any, address: Any) -> None:
        from eliza.realtime.transport.fair import fair  # noqa: PLC0415  # As below.

        with _listed(self._connections):
            super().handle(listener, fair(client), address)

    def handle_request(self, *request: Any) -> Any:
        try:
            return super().handle_request(*request)
        except TimeoutError as failure:
            if failure.errno != errno.ETIMEDOUT:
                raise
            # Nobody reads the answer any more. Of those who left gunicorn makes no fuss.
            raise ConnectionResetError(errno.ECONNRESET, "the client stopped reading") from failure

    def handle_error(self, request: Any, client: Any, address: Any, failure: BaseException) -> None:
        """Whoever was seen off asked for nothing: an answer would be taken for one to what they ask next."""
        if not isinstance(failure, gevent.GreenletExit):
            super().handle_error(request, client, address, failure)

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Around the wait for a connection's next request."""
        gevent.sleep(0)  # It may be here already, and all that follow it: others shall have their turn in between.
        with _listed(self._idle), super().timeout_ctx():
            yield

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """End on Ctrl-C as on TERM; gunicorn's own way raises out of a greenlet and says so at length.

        Said again it is meant at once. Whoever presses Ctrl-C says it to the master as well, which passes it on.
        """
        now = time.monotonic()
        self._told_at = self._told_at or now
        self._hurries = now - self._told_at > _ECHO
        self.handle_exit(sig, frame)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._told_at = self._told_at or time.monotonic()
        super().handle_exit(sig, frame)

    def _see_everybody_off(self) -> None:
        # A signal, ``max_requests`` and a reload all end a worker by this one flag.
        while self.alive:
            gevent.sleep(_LOOK_EVERY)
        self._close_sockets()
        until = time.monotonic() + max(self.cfg.graceful_timeout - _TIME_TO_LEAVE, 0)
        while self._connections and time.monotonic() < until and not self._hurries:
            if time.monotonic() > until - _LAST_WORDS:
                self._let_go()
            gevent.killall(list(self._idle), block=False)
            gevent.sleep(_LOOK_EVERY)
        while self._connections:
            gevent.killall(list(self._connections), block=False)
            gevent.sleep(_LOOK_EVERY)

    def _let_go(self) -> None:
        server = getattr(self.wsgi, "extensions", {}).get("eliza.server")
        if server is not None:
            server.let_go()

    def _expect_readers(self) -> None:
        from eliza.realtime.transport.gate import expect_readers  # noqa: PLC0415  # As below.

        sockets: Any = getattr(self.wsgi, "extensions", {}).get("socketio")
        if sockets is not None:
            for listener in self.sockets:
                expect_readers(listener, sockets.request_seconds)

    def _close_sockets(self) -> None:
        # Imported here because gunicorn's master imports this module, and gevent has yet to patch what Sockets needs.
        from eliza.realtime.transport import Sockets  # noqa: PLC0415

        sockets = getattr(self.wsgi, "extensions", {}).get("socketio")
        if isinstance(sockets, Sockets):
            sockets.server.eio.close_all()


@contextmanager
def _listed(where: set[greenlet]) -> Iterator[None]:
    me = gevent.getcurrent()
    where.add(me)
    try:
        yield
    finally:
        where.discard(me)
