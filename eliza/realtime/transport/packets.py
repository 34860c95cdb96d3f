"""Packets: what Engine.IO says (protocol 4), checked on the way in and encoded once on the way out."""

import base64
import binascii
from collections.abc import Sequence
from functools import cached_property

from eliza.realtime.transport import frames

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0", "1", "2", "3", "4", "5", "6"

MAX_PACKETS_IN_A_PAYLOAD = 1000

_SEPARATOR = "\x1e"
_FROM_A_CLIENT = frozenset({CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP})


class InvalidPacket(ValueError):
    """The client sent something that is no packet, or none a client may send."""


class Packet:
    """One packet from a client: its type and, for a message, the text or bytes."""

    __slots__ = ("content", "kind")

    def __init__(self, kind: str, content: str | bytes) -> None:
        self.kind = kind
        self.content = content


class Parcel:
    """Packets that travel together. Whoever gets them, on whichever transport, they are encoded only once."""

    def __init__(self, *packets: str | bytes) -> None:
        self._packets = packets

    @classmethod
    def message(cls, contents: Sequence[str | bytes]) -> "Parcel":
        """Each of ``contents`` as a message, nothing coming between them."""
        return cls(*(MESSAGE + content if isinstance(content, str) else bytes(content) for content in contents))

    @cached_property
    def frame(self) -> bytes:
        """As WebSocket frames."""
        return b"".join(
            frames.text(packet) if isinstance(packet, str) else frames.binary(packet) for packet in self._packets
        )

    @cached_property
    def text(self) -> str:
        """As part of a polling payload."""
        return _SEPARATOR.join(
            packet if isinstance(packet, str) else "b" + base64.b64encode(packet).decode() for packet in self._packets
        )


def payload(parcels: Sequence[Parcel]) -> str:
    return _SEPARATOR.join(parcel.text for parcel in parcels)


def parse(encoded: str | bytes) -> Packet:
    """A packet as a WebSocket carries it. Raises ``InvalidPacket``."""
    if isinstance(encoded, bytes):
        return Packet(MESSAGE, encoded)
    kind = encoded[:1]
    if kind not in _FROM_A_CLIENT:
        raise InvalidPacket
    return Packet(kind, encoded[1:])


def parse_payload(body: bytes) -> list[Packet]:
    """All packets of a polling request, or ``InvalidPacket`` if only one is wrong: half a payload is never handled."""
    try:
        encoded = body.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        raise InvalidPacket from None
    if len(encoded) > MAX_PACKETS_IN_A_PAYLOAD:
        raise InvalidPacket
    return [_parse_polled(packet) for packet in encoded]


def _parse_polled(encoded: str) -> Packet:
    if not encoded.startswith("b"):
        return parse(encoded)
    try:
        return Packet(MESSAGE, base64.b64decode(encoded[1:], validate=True))
    except (binascii.Error, ValueError):
        raise InvalidPacket from None
