"""Session: one Engine.IO client, from its handshake to its end, on whichever transport it is."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from eliza.realtime.transport import frames, packets
from eliza.realtime.transport.deadlines import Deadlines
from eliza.realtime.transport.heartbeat import Heartbeat
from eliza.realtime.transport.packets import InvalidPacket, Packet, Parcel
from eliza.realtime.transport.websocket import Spawn, WebSocket

log = logging.getLogger(__name__)

MAX_QUEUED_BYTES = 16 << 20
"""What may wait for a polling client to fetch it."""

MAX_UNHANDLED = 1000
"""How many posted messages may wait for their handler."""

MAX_UNHANDLED_BYTES = 8 << 20
"""And how much they may be together."""

_UPGRADE_SECONDS = 10.0
_GOODBYE_SECONDS = 2.0
_STEP_ASIDE = 0.01

_NOOP, _PING, _CLOSE = Parcel(packets.NOOP), Parcel(packets.PING), Parcel(packets.CLOSE)
_PROBED = Parcel(packets.PONG + "probe")

CLIENT_DISCONNECT = "client disconnect"
SERVER_DISCONNECT = "server disconnect"
PING_TIMEOUT = "ping timeout"
TRANSPORT_CLOSE = "transport close"
TRANSPORT_ERROR = "transport error"


class DuplicatePoll(Exception):
    """A second request waits for packets while the first still does."""


class Upgraded(Exception):
    """A request asks for packets that travel over a WebSocket by now."""


class Listener(Protocol):
    """What a session tells the server it belongs to."""

    def received(self, session: "Session", content: str | bytes) -> None: ...

    def leaving(self) -> None:
        """A connection has ended; ``closed`` follows when this returns."""
        ...

    def closed(self, session: "Session", reason: str) -> None: ...


class Session:
    """Packets go out in the order of ``send`` and are handled in the order they came.

    Handlers of one session run one after the other: on a WebSocket in its own thread, for a polling client on a task
    that exists while there is work, so that no request waits for a handler.
    """

    def __init__(
        self,
        sid: str,
        listener: Listener,
        *,
        deadlines: Deadlines,
        spawn: Spawn,
        ping_interval: float,
        ping_timeout: float,
    ) -> None:
        self.sid = sid
        self.session: dict[str, object] = {}
        self.is_closed = False
        self._listener = listener
        self._deadlines = deadlines
        self._spawn = spawn
        self._longest_poll = ping_interval + ping_timeout
        self._lock = threading.Lock()
        self._queued: deque[Parcel] = deque()
        self._queued_bytes = 0
        self._poll: threading.Event | None = None
        self._websocket: WebSocket | None = None
        self._is_upgrading = False
        self._unhandled: deque[tuple[Callable[[], None], int]] = deque()
        self._unhandled_bytes = 0
        self.is_handling = False
        self._handled = threading.Event()
        self._handled.set()
        self._heartbeat = Heartbeat(self, deadlines, interval=ping_interval, timeout=ping_timeout)

    @property
    def closed(self) -> bool:
        """Engine.IO's own name for ``is_closed``."""
        return self.is_closed

    @property
    def upgraded(self) -> bool:
        """True once packets travel over a WebSocket."""
        return self._websocket is not None

    @property
    def pending_bytes(self) -> int:
        """What was sent and has not left yet."""
        return self._websocket.pending_bytes if self._websocket is not None else self._queued_bytes

    @property
    def is_overdue(self) -> bool:
        """True when the client should have answered a ping by now."""
        return self._heartbeat.is_overdue(self)

    @property
    def heard_at(self) -> float:
        return self._websocket.heard_at if self._websocket is not None else 0.0

    def ping(self) -> None:
        self.send(_PING)

    def give_up(self) -> None:
        self._spawn(lambda: self.close(PING_TIMEOUT))

    def send(self, parcel: Parcel) -> None:
        """Queue or write ``parcel``; never blocks. A client too far behind is dropped."""
        if self._websocket is not None:
            self._websocket.post(parcel.frame)
        elif not self._queue(parcel):
            self._spawn(lambda: self.close(TRANSPORT_ERROR))

    def poll(self) -> list[Parcel]:
        """Wait for packets and take them. Raises ``Upgraded``, or ``DuplicatePoll`` and has then closed the session."""
        if self._is_upgrading:
            # The packet that completes the upgrade may be here already, and its reader one step behind us in the loop.
            time.sleep(_STEP_ASIDE)
            if self.upgraded:
                raise Upgraded
        with self._lock:
            is_duplicate = self._poll is not None
            if not is_duplicate:
                if self._queued:
                    return self._take()
                if self._is_upgrading or self._websocket is not None or self.is_closed:
                    return [_NOOP]
                waiter = self._poll = threading.Event()
        if is_duplicate:
            self.close(TRANSPORT_ERROR)
            raise DuplicatePoll
        waiter.wait(self._longest_poll)
        with self._lock:
            self._poll = None
            return self._take() or [_NOOP]

    def post(self, received: list[Packet]) -> None:
        """Handle the packets of a polling request, soon. Raises ``InvalidPacket`` before any of them is handled."""
        for packet in received:
            self._check(packet)
        for packet in received:
            self._receive_polled(packet)

    def serve(self, websocket: WebSocket) -> None:
        """Live on ``websocket`` from the first packet until it ends."""
        self._move_to(websocket)
        self._live(websocket)

    def upgrade(self, websocket: WebSocket) -> None:
        """Move from polling to ``websocket`` if the client goes through with it, and live there until it ends.

        An attempt that fails leaves the session where it was.
        """
        with self._lock:
            if self._is_upgrading or self._websocket is not None or self.is_closed:
                return
            self._is_upgrading = True
        self._deadlines.after(_UPGRADE_SECONDS, lambda: None if self.upgraded else websocket.abort())
        try:
            agreed = self._probe(websocket)
        finally:
            self._is_upgrading = False
        if agreed and not self.is_closed:
            self._handled.wait()
            self._live(websocket)

    def close(self, reason: str = SERVER_DISCONNECT, code: int = frames.NORMAL) -> None:
        """End the session and say so once: to the client if it can hear it, and to the server."""
        with self._lock:
            if self.is_closed:
                return
            self.is_closed = True
            self._forget_unhandled()
            if self._poll is not None:
                self._queued.append(_NOOP if reason == CLIENT_DISCONNECT else _CLOSE)
                self._poll.set()
        websocket = self._websocket
        if websocket is not None:
            websocket.close(code)
            self._deadlines.after(_GOODBYE_SECONDS, websocket.abort)
        self._listener.closed(self, reason)

    def _queue(self, parcel: Parcel) -> bool:
        with self._lock:
            websocket = self._websocket
            if websocket is not None:
                # The client moved to its WebSocket while we waited for the lock.
                websocket.post(parcel.frame)
                return True
            self._queued.append(parcel)
            self._queued_bytes += len(parcel.text)
            if self._poll is not None:
                self._poll.set()
            return self._queued_bytes <= MAX_QUEUED_BYTES

    def _probe(self, websocket: WebSocket) -> bool:
        if websocket.receive() != packets.PING + "probe":
            return False
        websocket.post(_PROBED.frame)
        with self._lock:
            if self._poll is not None:
                self._poll.set()
        if websocket.receive() != packets.UPGRADE:
            return False
        self._move_to(websocket)
        return True

    def _move_to(self, websocket: WebSocket) -> None:
        with self._lock:
            for parcel in self._take():
                websocket.post(parcel.frame)
            self._websocket = websocket

    def _live(self, websocket: WebSocket) -> None:
        reason = TRANSPORT_CLOSE
        while not self.is_closed and (content := websocket.receive()) is not None:
            try:
                packet = packets.parse(content)
                self._check(packet)
            except InvalidPacket:
                reason = TRANSPORT_ERROR
                break
            if packet.kind == packets.CLOSE:
                reason = CLIENT_DISCONNECT
                break
            self._receive(packet)
        self._listener.leaving()
        self.close(reason)

    def _check(self, packet: Packet) -> None:
        # The server pings in protocol 4; a ping from the client only probes an upgrade.
        if packet.kind == packets.PING:
            raise InvalidPacket

    def _receive(self, packet: Packet) -> None:
        if packet.kind == packets.MESSAGE:
            self.is_handling = True
            try:
                self._listener.received(self, packet.content)
            finally:
                self.is_handling = False
        elif packet.kind == packets.PONG:
            self._heartbeat.answered()

    def _receive_polled(self, packet: Packet) -> None:
        if packet.kind == packets.MESSAGE:
            self._handle_later(lambda: self._listener.received(self, packet.content), len(packet.content))
        elif packet.kind == packets.PONG:
            self._heartbeat.answered()
        elif packet.kind == packets.CLOSE:
            self._handle_later(lambda: self.close(CLIENT_DISCONNECT))

    def _handle_later(self, work: Callable[[], None], size: int = 0) -> None:
        with self._lock:
            self._unhandled.append((work, size))
            self._unhandled_bytes += size
            is_too_much = len(self._unhandled) > MAX_UNHANDLED or self._unhandled_bytes > MAX_UNHANDLED_BYTES
            is_idle, self.is_handling = not self.is_handling, True
            self._handled.clear()
        if is_too_much:
            self.close(TRANSPORT_ERROR)
        elif is_idle:
            self._spawn(self._handle_all)

    def _handle_all(self) -> None:
        while True:
            with self._lock:
                if not self._unhandled or self.is_closed:
                    self._forget_unhandled()
                    self.is_handling = False
                    self._handled.set()
                    return
                work, size = self._unhandled.popleft()
                self._unhandled_bytes -= size
            try:
                work()
            except Exception:
                log.exception("a handler failed")

    def _forget_unhandled(self) -> None:
        self._unhandled.clear()
        self._unhandled_bytes = 0

    def _take(self) -> list[Parcel]:
        taken = list(self._queued)
        self._queued.clear()
        self._queued_bytes = 0
        return taken
