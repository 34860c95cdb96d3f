"""Peer: a WebSocket client that does as told, also what no proper client would do."""

import contextlib
import json
import os
import socket
import struct
from types import TracebackType
from typing import Any

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PATH = "/socket.io/?EIO=4&transport=websocket"


class HungUp(Exception):  # It is what the other side did, and no error here.
    """The server ended the connection."""


class Peer:
    """One connection, upgraded to a WebSocket unless the server refused; then ``status`` says with what."""

    def __init__(self, port: int, path: str = PATH, *, receive_buffer: int | None = None, headers: str = "") -> None:
        self._sock = socket.socket()
        if receive_buffer:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._sock.settimeout(10)
        self._sock.connect(("127.0.0.1", port))
        self._buffer = bytearray()
        self._sock.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{headers}\r\n".encode()
        )
        self.status = int(self._line().split()[1])
        while self._line():
            pass

    def __enter__(self) -> "Peer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sock.close()

    def join(self, auth: dict[str, Any] | None = None) -> "Peer":
        """Go through the Engine.IO and Socket.IO handshakes of the echo server."""
        self.opened = json.loads(self.text()[1:])
        self.send("40" + (json.dumps(auth) if auth else ""))
        self.connected = self.text()
        self.greeting = self.text()
        return self

    def send(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.send_frame(TEXT, message.encode())
        else:
            self.send_frame(BINARY, message)

    def send_frame(
        self, opcode: int, payload: bytes, *, final: bool = True, masked: bool = True, length: int | None = None
    ) -> None:
        """One frame. ``length`` is what its head claims, if that is to be a lie."""
        count = len(payload) if length is None else length
        head = bytes([(0x80 if final else 0) | opcode])
        mask_bit = 0x80 if masked else 0
        if count < 126:
            head += bytes([mask_bit | count])
        elif count < 65536:
            head += struct.pack("!BH", mask_bit | 126, count)
        else:
            head += struct.pack("!BQ", mask_bit | 127, count)
        if masked:
            key = os.urandom(4)
            pad = (key * (len(payload) // 4 + 1))[: len(payload)]
            mixed = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
            payload = key + mixed.to_bytes(len(payload), "big")
        self.send_raw(head + payload)

    def send_raw(self, raw: bytes) -> None:
        self._sock.sendall(raw)

    def frame(self) -> tuple[int, bytes]:
        """The next frame. Raises ``HungUp`` when there is none."""
        first, second = self._exactly(2)
        assert not second & 0x80, "a server must not mask"
        length = second
        if length == 126:
            length = int.from_bytes(self._exactly(2), "big")
        elif length == 127:
            length = int.from_bytes(self._exactly(8), "big")
        return first & 0x0F, self._exactly(length)

    def text(self) -> str:
        """The next text message that is no ping of Engine.IO's."""
        while True:
            opcode, payload = self.frame()
            assert opcode == TEXT, (opcode, payload[:100])
            if payload != b"2":
                return payload.decode()
            self.send("3")

    def close_code(self) -> int | None:
        """The code of the close frame the server sends, whatever else it sends before; None without one."""
        with contextlib.suppress(HungUp):
            while True:
                opcode, payload = self.frame()
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2], "big")
        return None

    def patient_close_code(self) -> int | None:
        """The same, for a peer that answers every ping until then."""
        while (frame := self.frame())[0] != CLOSE:
            if frame == (TEXT, b"2"):
                self.send("3")
        return int.from_bytes(frame[1][:2], "big")

    def reset(self) -> None:
        """Vanish without a word, as a machine does that loses its network."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def hang_up(self) -> None:
        """Close our half and leave the other to the server."""
        self._sock.shutdown(socket.SHUT_WR)

    def _line(self) -> str:
        while b"\r\n" not in self._buffer:
            self._receive()
        line, _, rest = bytes(self._buffer).partition(b"\r\n")
        self._buffer[:] = rest
        return line.decode()

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._receive()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _receive(self) -> None:
        try:
            more = self._sock.recv(65536)
        except ConnectionError:
            more = b""
        if not more:
            raise HungUp
        self._buffer += more
