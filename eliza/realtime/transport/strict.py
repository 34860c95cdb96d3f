"""Strict: Socket.IO packets as the protocol knows them, and nothing else."""

import json
import math
import re
from itertools import accumulate
from typing import Any

from socketio import packet as protocol

MAX_ATTACHMENTS = 100
MAX_DEPTH = 64
MAX_CONTAINERS = 20_000
"""Lists and objects in one packet. A megabyte of empty ones would keep everybody waiting for a quarter of a second."""

_MOST_DIGITS = 400
_BEYOND_EVERYTHING = 10**_MOST_DIGITS

_MAY_BE_TOO_LARGE = re.compile(r"\d{200}|[eE]\+?\d{3}")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"')
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_ALL_BUT_BRACKETS = bytes(byte for byte in range(256) if byte not in _STEP)
_RESERVED = frozenset({"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})


class _Json:
    """JSON as the browser knows it: no NaN, no Infinity."""

    @staticmethod
    def loads(said: str | bytes) -> Any:
        # What other processes say comes as bytes.
        text = said.decode() if isinstance(said, bytes) else said
        if not _MAY_BE_TOO_LARGE.search(text):  # Nearly always, and much quicker to read.
            return json.loads(text, parse_constant=_no_constant)
        return json.loads(text, parse_constant=_no_constant, parse_int=_whole_number, parse_float=_number)

    dumps = staticmethod(json.dumps)


class Packet(protocol.Packet):  # type: ignore[misc]  # python-socketio has no types.
    """A Socket.IO packet that is one: decoding raises ``ValueError`` for anything the protocol does not know."""

    json = _Json

    def decode(self, encoded_packet: Any) -> int:
        if not isinstance(encoded_packet, str) or not encoded_packet:
            raise ValueError("bytes nobody announced")
        if encoded_packet.count("[") + encoded_packet.count("{") > MAX_DEPTH:
            _check_shape(encoded_packet)
        count: int = super().decode(encoded_packet)
        self._check(count)
        return count

    def _check(self, count: int) -> None:
        kind, content = self.packet_type, self.data
        is_binary = kind in (protocol.BINARY_EVENT, protocol.BINARY_ACK)
        if count > (MAX_ATTACHMENTS if is_binary else 0) or (is_binary and not count):
            raise ValueError("a wrong number of attachments")
        if kind == protocol.CONNECT and (content is None or isinstance(content, dict)):
            return
        if kind == protocol.DISCONNECT and content is None:
            return
        if kind in (protocol.EVENT, protocol.BINARY_EVENT) and _is_event(content):
            self.data[0] = str(content[0])
            return
        if kind in (protocol.ACK, protocol.BINARY_ACK) and isinstance(content, list) and self.id:
            return
        raise ValueError("not a packet a client may send")


def _is_event(content: Any) -> bool:
    if not isinstance(content, list) or not content:
        return False
    name = content[0]
    return (isinstance(name, str) and name not in _RESERVED) or (isinstance(name, int) and not isinstance(name, bool))


def _check_shape(text: str) -> None:
    brackets = _STRINGS.sub("", text).encode("ascii", "ignore").translate(None, _ALL_BUT_BRACKETS)
    if len(brackets) > 2 * MAX_CONTAINERS:
        raise ValueError("too many lists and objects")
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise ValueError("nested too deeply")


def _whole_number(digits: str) -> int:
    # Python refuses to read a very long one. Whoever asks for its value needs to know only that nothing can hold it.
    return int(digits) if len(digits) <= _MOST_DIGITS else _BEYOND_EVERYTHING


def _number(text: str) -> float:
    # Python reads what is too large for it as infinite, and what is infinite would be kept as nothing at all.
    number = float(text)
    return _BEYOND_EVERYTHING if math.isinf(number) else number


def _no_constant(constant: str) -> None:
    raise ValueError(constant)
