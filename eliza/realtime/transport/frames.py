"""Frames: the WebSocket wire format (RFC 6455), with a cap on everything a peer can make us hold."""

import codecs
import struct
from collections.abc import Callable

CONTINUATION, TEXT, BINARY = 0x0, 0x1, 0x2
CLOSE, PING, PONG = 0x8, 0x9, 0xA

NORMAL, GOING_AWAY, PROTOCOL_ERROR, BAD_TEXT, TOO_BIG, SERVER_ERROR = 1000, 1001, 1002, 1007, 1009, 1011

MAX_FRAGMENTS = 4096
"""Empty fragments cost us and not their sender, so their number is limited too."""

_RECEIVE = 65536
_utf8 = codecs.getincrementaldecoder("utf-8")
_OPCODES = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})


class Broken(Exception):
    """The peer broke the protocol; ``code`` is what the close frame should say."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gone(Exception):
    """The connection ended in the middle, without a closing handshake."""


class Reader:
    """Takes frames off a connection, one whole message or control frame at a time."""

    def __init__(self, receive: Callable[[int], bytes], *, max_message_bytes: int, first: bytes = b"") -> None:
        self._receive = receive
        self._max = max_message_bytes
        self._buffer = bytearray(first)
        self._opcode: int | None = None
        self._parts: list[str | bytes] = []
        self._size = 0
        self._decoder = _utf8()

    def read(self) -> tuple[int, str | bytes]:
        """The next opcode and its payload; text messages come as ``str``.

        Raises ``Broken`` when the peer may not send what it sent, ``Gone`` when nothing more will come.
        """
        while True:
            final, opcode, payload = self._frame()
            if opcode >= CLOSE:
                return opcode, payload
            self._gather(opcode, payload, final=final)
            if final:
                return self._message()

    def _frame(self) -> tuple[bool, int, bytes]:
        first, second = self._exactly(2)
        final, opcode = bool(first & 0x80), first & 0x0F
        self._check_head(first, second)
        length = self._length(second & 0x7F)
        if opcode < CLOSE and self._size + length > self._max:
            raise Broken(TOO_BIG, f"a message may have {self._max} bytes")
        key = self._exactly(4)
        return final, opcode, unmask(self._exactly(length), key)

    def _check_head(self, first: int, second: int) -> None:
        opcode = first & 0x0F
        if first & 0x70:
            raise Broken(PROTOCOL_ERROR, "a reserved bit is set")
        if opcode not in _OPCODES:
            raise Broken(PROTOCOL_ERROR, "unknown opcode")
        if not second & 0x80:
            raise Broken(PROTOCOL_ERROR, "a client must mask its frames")
        if opcode >= CLOSE and (not first & 0x80 or second & 0x7F > 125):
            raise Broken(PROTOCOL_ERROR, "a control frame is short and whole")

    def _length(self, short: int) -> int:
        if short < 126:
            return short
        if short == 126:
            return int.from_bytes(self._exactly(2), "big")
        return int.from_bytes(self._exactly(8), "big")

    def _gather(self, opcode: int, payload: bytes, *, final: bool) -> None:
        if (opcode == CONTINUATION) != (self._opcode is not None):
            raise Broken(PROTOCOL_ERROR, "a fragment without its message")
        if self._opcode is None:
            self._opcode = opcode
        if len(self._parts) >= MAX_FRAGMENTS:
            raise Broken(TOO_BIG, f"a message may have {MAX_FRAGMENTS} fragments")
        self._size += len(payload)
        self._parts.append(self._decoded(payload, final=final) if self._opcode == TEXT else payload)

    def _decoded(self, payload: bytes, *, final: bool) -> str:
        try:
            return self._decoder.decode(payload, final)
        except UnicodeDecodeError:
            raise Broken(BAD_TEXT, "the text is not UTF-8") from None

    def _message(self) -> tuple[int, str | bytes]:
        opcode, parts = self._opcode, self._parts
        self._opcode, self._parts, self._size = None, [], 0
        if opcode == TEXT:
            return TEXT, "".join(part for part in parts if isinstance(part, str))
        return BINARY, b"".join(part for part in parts if isinstance(part, bytes))

    def _exactly(self, count: int) -> bytes:
        buffer = self._buffer
        while len(buffer) < count:
            more = self._receive(_RECEIVE)
            if not more:
                raise Gone
            buffer += more
        taken = bytes(buffer[:count])
        del buffer[:count]
        return taken


def unmask(payload: bytes, key: bytes) -> bytes:
    """Undo (or do) the client's masking: one big XOR, since a loop over a megabyte would stall everybody."""
    count = len(payload)
    pad = (key * (count // 4 + 1))[:count]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pad, "little")).to_bytes(count, "little")


def text(message: str) -> bytes:
    return _frame(TEXT, message.encode())


def binary(message: bytes) -> bytes:
    return _frame(BINARY, message)


def pong(payload: bytes) -> bytes:
    return _frame(PONG, payload)


def close(code: int | None, reason: str = "") -> bytes:
    """A close frame; no code only answers a close frame that had none."""
    if code is None:
        return _frame(CLOSE, b"")
    return _frame(CLOSE, struct.pack("!H", code) + reason.encode()[:120])


def close_code(payload: bytes) -> int | None:
    """The code a peer closed with, None if it gave none. Raises ``Broken`` for one that must not be sent."""
    if not payload:
        return None
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not _may_be_sent(code):
        raise Broken(PROTOCOL_ERROR, "no such close code")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise Broken(BAD_TEXT, "the reason is not UTF-8") from None
    return code


def _may_be_sent(code: int) -> bool:
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def _frame(opcode: int, payload: bytes) -> bytes:
    count = len(payload)
    if count < 126:
        return bytes((0x80 | opcode, count)) + payload
    if count < 65536:
        return struct.pack("!BBH", 0x80 | opcode, 126, count) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, count) + payload
