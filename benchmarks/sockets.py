"""Sockets: a Socket.IO client over WebSocket alone, light enough to run by the thousand."""

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable, Sequence

from benchmarks.http import Address

_HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_CONNECTING_AT_ONCE = 50
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class SocketClosedError(ConnectionError):
    """The server ended the connection, or never accepted it."""


class SocketIO(asyncio.Protocol):
    """One connected client. Override ``on_event``; ``emit`` sends, and waits for the ack if asked to."""

    def __init__(self, address: Address, entity_id: str) -> None:
        self._address = address
        self._auth = {"entityId": entity_id} | ({"apiKey": address.key} if address.key else {})
        self._transport: asyncio.Transport | None = None
        self._frames = _Frames()
        self._upgraded = False
        self._acks: dict[int, asyncio.Future[object]] = {}
        self._next_ack = 0
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[object] = loop.create_future()
        self._in_room: asyncio.Future[object] = loop.create_future()

    async def connect(self, timeout: float = 20) -> None:
        """Connect and be let in. Raises ``SocketClosedError``, ``OSError`` or ``TimeoutError``."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self._address.host, self._address.port)
        self._write(_HANDSHAKE.format(host=self._address.host, port=self._address.port).encode())
        await asyncio.wait_for(asyncio.shield(self._ready), timeout)

    async def join(self, channel_id: str, timeout: float = 20) -> None:
        """Join the channel's room and return when the server says so."""
        payload = {"channelId": channel_id, "roomId": channel_id, "entityId": self._auth["entityId"]}
        self._in_room = asyncio.get_running_loop().create_future()
        self.emit("message", {"type": 1, "payload": payload})
        await asyncio.wait_for(asyncio.shield(self._in_room), timeout)

    def emit(self, name: str, payload: object) -> None:
        self._send_text("42" + json.dumps([name, payload]))

    async def call(self, name: str, payload: object, timeout: float = 30) -> object:
        """Emit and wait for the first argument of the acknowledgement."""
        number, self._next_ack = self._next_ack, self._next_ack + 1
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._acks[number] = answer
        self._send_text(f"42{number}" + json.dumps([name, payload]))
        return await asyncio.wait_for(answer, timeout)

    def on_event(self, name: str, payload: object) -> None:
        """An event has come; ``payload`` is its first argument."""

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._frames.feed(data)
        if not self._upgraded and not self._upgrade():
            return
        for opcode, payload in self._frames.take():
            self._receive(opcode, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(SocketClosedError("the server closed the socket"))

    def on_packet(self, packet: bytes) -> None:
        """A Socket.IO packet has come: an event, an ack, or word about the connection."""
        kind, rest = packet[:1], packet[1:]
        if kind == b"2":
            name, payload = _event(rest)
            self._note_join(name)
            self.on_event(name, payload)
        elif kind == b"3":
            self._acknowledge(rest)
        elif kind == b"0":
            _resolve(self._ready)
        elif kind in (b"1", b"4"):
            self._fail(SocketClosedError(f"the server refused the socket: {rest.decode(errors='replace')}"))

    def _upgrade(self) -> bool:
        head = self._frames.take_head()
        if head is None:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            self._fail(SocketClosedError(f"no upgrade: {head.splitlines()[0].decode(errors='replace')}"))
            self.close()
            return False
        self._upgraded = True
        return True

    def _receive(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self._receive_text(payload)
        elif opcode == _PING:
            self._write(_frame(_PONG, payload))
        elif opcode == _CLOSE:
            self.close()

    def _receive_text(self, text: bytes) -> None:
        kind = text[:1]
        if kind == b"4":
            self.on_packet(text[1:])
        elif kind == b"2":
            self._send_text("3")
        elif kind == b"0":
            self._send_text("40" + json.dumps(self._auth))

    def _note_join(self, name: str) -> None:
        if name == "channel_joined":
            _resolve(self._in_room)

    def _acknowledge(self, rest: bytes) -> None:
        start = rest.index(b"[")
        answer = self._acks.pop(int(rest[:start]), None)
        arguments = json.loads(rest[start:])
        if answer is not None:
            _resolve(answer, arguments[0] if arguments else None)

    def _fail(self, error: SocketClosedError) -> None:
        for waiting in (self._ready, self._in_room, *self._acks.values()):
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # Nobody may be waiting; asked once, asyncio does not complain of that.
        self._acks.clear()

    def _send_text(self, text: str) -> None:
        self._write(_frame(_TEXT, text.encode()))

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise SocketClosedError("the socket is closed")
        self._transport.write(data)


class Waiting:
    """Calls ``then`` once ``count`` has been reached."""

    def __init__(self) -> None:
        self.count = 0
        self._target = 0
        self._reached: asyncio.Future[object] | None = None

    def add(self, number: int = 1) -> None:
        self.count += number
        if self._reached is not None and self.count >= self._target:
            _resolve(self._reached)
            self._reached = None

    async def until(self, target: int, timeout: float) -> None:
        """Return when ``count`` is at least ``target``. Raises ``TimeoutError``."""
        if self.count >= target:
            return
        self._target = target
        self._reached = asyncio.get_running_loop().create_future()
        await asyncio.wait_for(self._reached, timeout)


class CountingSocket(SocketIO):
    """A listener that only counts the messages it hears, without reading them."""

    def __init__(self, address: Address, entity_id: str, heard: Waiting) -> None:
        super().__init__(address, entity_id)
        self._heard = heard

    def on_packet(self, packet: bytes) -> None:
        if packet.startswith(b'2["messageBroadcast"'):
            self._heard.add()
        else:
            super().on_packet(packet)


class MessageSocket(SocketIO):
    """A listener that hands every message it hears to ``hear``."""

    def __init__(self, address: Address, entity_id: str, hear: Callable[[dict[str, object]], None]) -> None:
        super().__init__(address, entity_id)
        self._hear = hear

    def on_event(self, name: str, payload: object) -> None:
        if name == "messageBroadcast" and isinstance(payload, dict):
            self._hear(payload)


async def connect_all(sockets: Sequence[SocketIO], then: Callable[[SocketIO], Awaitable[None]] | None = None) -> None:
    """Connect every socket, some at a time, and do ``then`` with each."""
    gate = asyncio.Semaphore(_CONNECTING_AT_ONCE)

    async def connect(client: SocketIO) -> None:
        async with gate:
            await client.connect()
            if then is not None:
                await then(client)

    await asyncio.gather(*(connect(client) for client in sockets))


class _Frames:
    """The bytes that came and are not yet whole frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._fragments = bytearray()
        self._opcode = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def take_head(self) -> bytes | None:
        head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not found:
            return None
        self._buffer = bytearray(rest)
        return head

    def take(self) -> list[tuple[int, bytes]]:
        """Whole messages, as (opcode, payload); what is not whole stays."""
        buffer, start, messages = self._buffer, 0, []
        while (frame := _read_frame(buffer, start)) is not None:
            final, opcode, payload, start = frame
            message = self._assemble(final=final, opcode=opcode, payload=payload)
            if message is not None:
                messages.append(message)
        del buffer[:start]
        return messages

    def _assemble(self, *, final: bool, opcode: int, payload: bytes) -> tuple[int, bytes] | None:
        if opcode >= _CLOSE or (final and opcode):
            return opcode, payload
        self._opcode = opcode or self._opcode
        self._fragments += payload
        if not final:
            return None
        whole, self._fragments = bytes(self._fragments), bytearray()
        return self._opcode, whole


def _read_frame(buffer: bytearray, start: int) -> tuple[bool, int, bytes, int] | None:
    """The frame at ``start`` as (final, opcode, payload, index behind it); None while bytes are missing."""
    have = len(buffer) - start
    if have < 2:
        return None
    first, length = buffer[start], buffer[start + 1] & 0x7F
    begin = start + {126: 4, 127: 10}.get(length, 2)
    if len(buffer) < begin:
        return None
    if length >= 126:
        length = int.from_bytes(buffer[start + 2 : begin])
    end = begin + length
    if len(buffer) < end:
        return None
    return bool(first & 0x80), first & 0x0F, bytes(buffer[begin:end]), end


def _frame(opcode: int, payload: bytes) -> bytes:
    """A client's frame. Its mask is zero, which is lawful and spares the masking."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
    return head + b"\0\0\0\0" + payload


def _event(rest: bytes) -> tuple[str, object]:
    arguments = json.loads(rest[rest.index(b"[") :])
    return str(arguments[0]), arguments[1] if len(arguments) > 1 else None


def _resolve(waiting: "asyncio.Future[object]", value: object = None) -> None:
    if not waiting.done():
        waiting.set_result(value)
