"""Worker: gunicorn's gevent worker, which says goodbye to its WebSockets before it goes.

Name it with ``-k eliza.worker.Worker``. The strict HTTP parser, the access log and all limits are gunicorn's own, and
so is the connection that a WebSocket takes over. What is added here is only the end: gunicorn waits for connections to
end by themselves, and a WebSocket never does.
"""

import time
from types import FrameType

import gevent
from gunicorn.workers.ggevent import GeventWorker

_LOOK_EVERY = 0.1


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types.
    """Serves HTTP and WebSockets on greenlets."""

    def run(self) -> None:
        gevent.spawn(self._close_sockets_at_the_end)
        super().run()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """End on Ctrl-C as on TERM; gunicorn's own way raises out of a greenlet and says so at length."""
        self.handle_exit(sig, frame)

    def _close_sockets_at_the_end(self) -> None:
        # Imported here because gunicorn's master imports this module, and gevent has yet to patch what Sockets needs.
        from eliza.realtime.transport import Sockets  # noqa: PLC0415

        # A signal, ``max_requests`` and a reload all end a worker by this one flag.
        while self.alive:
            time.sleep(_LOOK_EVERY)
        sockets = getattr(self.wsgi, "extensions", {}).get("socketio")
        if isinstance(sockets, Sockets):
            sockets.server.eio.close_all()
