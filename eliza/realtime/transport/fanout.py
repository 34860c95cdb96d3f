"""Fan-out: one event to many clients, encoded once and written without waiting for any of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import socketio
from socketio import packet as protocol

from eliza.realtime.transport.outbox import Outbox
from eliza.realtime.transport.packets import Parcel

_CONNECT_SECONDS = 5.0


class LocalFanOut(socketio.Manager):  # type: ignore[misc]  # python-socketio has no types.
    """Rooms of this process."""

    def emit(  # python-socketio's signature.
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **options: Any,
    ) -> None:
        if callback is not None or self.server.is_mocked:
            super().emit(event, data, namespace, room=to or room, skip_sid=skip_sid, callback=callback, **options)
            return
        if namespace not in self.rooms:
            return
        skipped = frozenset(skip_sid if isinstance(skip_sid, list) else [skip_sid])
        parcel = self._parcel(event, data, namespace)
        deliver = self.server.deliver
        for sid, eio_sid in self.get_participants(namespace, to or room):
            if sid not in skipped:
                deliver(eio_sid, namespace, parcel)

    def _parcel(self, event: str, data: Any, namespace: str) -> Parcel:
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        pkt = self.server.packet_class(protocol.EVENT, namespace=namespace, data=[event, *arguments])
        encoded = pkt.encode()
        return Parcel.message(encoded if isinstance(encoded, list) else [encoded])


class RedisFanOut(socketio.RedisManager, LocalFanOut):  # type: ignore[misc]  # python-socketio has no types.
    """Rooms that span processes: Redis tells the others, the part of this process is written as above.

    What is told here never waits for Redis.
    """

    def __init__(self, url: str, *, channel: str) -> None:
        # Whoever listens may wait for hours and has no timeout; that nobody is there anymore, the kernel finds out.
        options = {"socket_connect_timeout": _CONNECT_SECONDS, "socket_keepalive": True}
        super().__init__(url, channel=channel, redis_options=options)
        self._outbox = Outbox(url, channel, self._aside)

    def emit(  # python-socketio's signature.
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **options: Any,
    ) -> None:
        room = to or room
        # What one client of this process is told concerns no other.
        is_private = callback is None and isinstance(room, str) and self.is_connected(room, namespace)
        emit = partial(LocalFanOut.emit, self) if is_private else super().emit
        emit(event, data, namespace, room=room, skip_sid=skip_sid, callback=callback, **options)

    def _aside(self, work: Callable[[], None]) -> None:
        self.server.start_background_task(work)  # The server comes only after the constructor.

    def _publish(self, data: Any) -> None:
        self._outbox.put(self.json.dumps(data))
