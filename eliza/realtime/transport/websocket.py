"""WebSocket: one upgraded connection, which nobody can make us wait for."""

import contextlib
import os
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from eliza.realtime.transport import frames
from eliza.realtime.transport.frames import Broken, Gone, Reader
from eliza.realtime.transport.turns import Turns

MAX_PENDING_BYTES = 16 << 20
"""What may wait for one peer; who is further behind is dropped."""

_JOINED = 1 << 20
_GOODBYE_SECONDS = 1.0
_GOODBYE_BYTES = 16 << 20
_SLICE_SECONDS = 0.01


class Task(Protocol):
    def join(self, timeout: float | None = None) -> object: ...


Spawn = Callable[[Callable[[], None]], Task]


class WebSocket:
    """Messages in by ``receive``, out by ``post``.

    ``receive`` belongs to the one thread (or greenlet) that owns the connection; ``post``, ``close`` and ``abort``
    may be called from any and never block. Frames leave in the order they were posted, each of them whole: there is
    a single way out, and a pong or a close frame takes it too. What the kernel does not take at once waits, and a
    writer exists only while something waits.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        spawn: Spawn,
        turns: Turns,
        max_message_bytes: int,
        write_deadline: float,
        first: bytes = b"",
    ) -> None:
        self._sock = sock
        self._spawn = spawn
        self._turns = turns
        self._deadline = write_deadline
        self._reader = Reader(self._recv, max_message_bytes=max_message_bytes, first=first)
        self._is_blocking = os.get_blocking(sock.fileno())
        self._is_tls = isinstance(sock, ssl.SSLSocket)
        self._lock = threading.Lock()
        self._pending: deque[bytes] = deque()
        self._pending_bytes = 0
        self._writer: Task | None = None
        self._is_writing = False
        self._turn = -1
        self._resumed = self.heard_at = time.monotonic()
        self._said_goodbye = False
        self._heard_goodbye = False
        self.is_dead = False

    @property
    def is_open(self) -> bool:
        return not (self._said_goodbye or self.is_dead)

    @property
    def pending_bytes(self) -> int:
        """What was posted and has not left yet."""
        return self._pending_bytes

    def receive(self) -> str | bytes | None:
        """The next message, or None when there will be none: the peer left, was thrown out, or broke the protocol."""
        while True:
            try:
                opcode, payload = self._reader.read()
                self._let_others_run()
                if opcode in (frames.TEXT, frames.BINARY):
                    return payload
                assert isinstance(payload, bytes)
                if opcode == frames.PING:
                    self.post(frames.pong(payload))
                elif opcode == frames.CLOSE:
                    self._heard_goodbye = True
                    self._say_goodbye(frames.close(frames.close_code(payload)))
                    return None
            except Broken as broken:
                self.close(broken.code, broken.reason)
                return None
            except (Gone, OSError):
                return None

    def post(self, frame: bytes) -> bool:
        """Send whole frames, soon and in order. False if the connection is closing, so that they will not arrive."""
        with self._lock:
            return not self._said_goodbye and self._put(frame)

    def close(self, code: int = frames.NORMAL, reason: str = "") -> None:
        """Send the close frame behind all that was posted; what is posted later is dropped."""
        self._say_goodbye(frames.close(code, reason))

    def abort(self) -> None:
        """End the connection at once, waking whoever reads from it or writes to it."""
        self.is_dead = True
        self._pending.clear()
        self._pending_bytes = 0
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def finish(self) -> None:
        """Close, let the last frames out, and end the connection. The owner calls this when it stops receiving."""
        self.close()
        self.end_turn()
        if self._writer is not None:
            self._writer.join(self._deadline)
        if not (self.is_dead or self._heard_goodbye):
            self._drain()
        self.abort()

    def end_turn(self) -> None:
        """Write in one go what was posted after the first write of the turn."""
        with self._lock:
            if self._is_writing or not self._pending or self.is_dead:
                return
            joined = b"".join(self._pending)
            self._pending.clear()
            self._pending_bytes = 0
            self._write_or_queue(joined)

    def _say_goodbye(self, frame: bytes) -> None:
        with self._lock:
            if self._said_goodbye:
                return
            self._put(frame)
            self._said_goodbye = True

    def _put(self, frame: bytes) -> bool:
        if self.is_dead:
            return False
        if self._is_writing or self._is_tls:
            self._queue(frame)
            return not self.is_dead
        turn = self._turns.current()
        if self._turn == turn:
            if not self._pending:
                self._turns.at_end(self)
            self._pending.append(frame)
            self._pending_bytes += len(frame)
            return True
        self._turn = turn
        self._write_or_queue(frame)
        return not self.is_dead

    def _write_or_queue(self, frame: bytes) -> None:
        try:
            written = self._write_now(frame)
        except OSError:
            self.abort()
            return
        if written < len(frame):
            self._queue(frame[written:])

    def _queue(self, frame: bytes) -> None:
        self._pending.append(frame)
        self._pending_bytes += len(frame)
        if self._pending_bytes > MAX_PENDING_BYTES:
            self.abort()
        elif not self._is_writing:
            self._is_writing = True
            self._writer = self._spawn(self._write_pending)

    def _write_pending(self) -> None:
        while (chunk := self._next_chunk()) is not None:
            try:
                self._write_all(chunk)
            except OSError:
                self.abort()

    def _next_chunk(self) -> bytes | None:
        with self._lock:
            if not self._pending or self.is_dead:
                self._is_writing = False
                return None
            parts = [self._pending.popleft()]
            size = len(parts[0])
            while self._pending and size + len(self._pending[0]) <= _JOINED:
                parts.append(self._pending.popleft())
                size += len(parts[-1])
            return b"".join(parts)

    def _write_all(self, chunk: bytes) -> None:
        if self._is_tls:
            # A record layer cannot be written to halfway; a peer that stops reading is cut off at its ping timeout.
            self._sock.sendall(chunk)
            self._pending_bytes -= len(chunk)
            return
        rest = memoryview(chunk)
        while rest:
            written = self._write_now(rest)
            self._pending_bytes -= written
            rest = rest[written:]
            if rest:
                self._wait_writable()

    def _write_now(self, frame: bytes | memoryview) -> int:
        if self._is_tls:
            return 0
        try:
            if self._is_blocking:
                return self._sock.send(frame, socket.MSG_DONTWAIT)
            # gevent's own send would wait; the descriptor below it is non-blocking and does not.
            return os.write(self._sock.fileno(), frame)
        except BlockingIOError:
            return 0

    def _wait_writable(self) -> None:
        poll = select.poll()
        poll.register(self._sock.fileno(), select.POLLOUT)
        if not poll.poll(self._deadline * 1000):
            raise TimeoutError("the peer stopped reading")

    def _recv(self, count: int) -> bytes:
        before = time.monotonic()
        received = self._sock.recv(count)
        self.heard_at = time.monotonic()
        if self.heard_at - before > 0.001:
            self._resumed = self.heard_at
        return received

    def _let_others_run(self) -> None:
        # As long as bytes are there, recv returns without switching; a busy peer must not have the loop to itself.
        if time.monotonic() - self._resumed > _SLICE_SECONDS:
            time.sleep(0)
            self._resumed = time.monotonic()

    def _drain(self) -> None:
        # Closing with bytes unread makes the kernel send a reset, and the peer may then never see our close frame.
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            poll = select.poll()
            poll.register(self._sock.fileno(), select.POLLIN)
            until, drained = time.monotonic() + _GOODBYE_SECONDS, 0
            while drained < _GOODBYE_BYTES and poll.poll(max(0.0, until - time.monotonic()) * 1000):
                received = self._sock.recv(65536)
                drained += len(received)
                if not received:
                    return
