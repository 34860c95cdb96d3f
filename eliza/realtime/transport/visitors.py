"""Visitors: how many connections one address may have open, and how often it may knock."""

import time
from collections import Counter, OrderedDict
from ipaddress import ip_address, ip_network

_MINUTE = 60.0
_KNOCKS_EACH = 10
_LOOPBACK_TIMES = 50
_REMEMBERED = 10_000


class Visitors:
    """``most`` sessions for each address, and ten times as many handshakes a minute.

    This machine may have fifty times as many, and knock as it likes: a proxy that names nobody is all its clients. Of
    an IPv6 address the network counts that a household is given.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()
        self._places: dict[str, str] = {}
        self._knocks: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def refuse_for(self, address: str) -> int | None:
        """Count a knock; for how many seconds there is no place for that address, or None if it may come in."""
        place = _place(address)
        if not place:
            return None if self._open[""] < self._most * _LOOPBACK_TIMES else 1
        seconds = self._knock(place)
        if seconds is None and self._open[place] >= self._most:
            return 1
        return seconds

    def enter(self, sid: str, address: str) -> None:
        place = self._places[sid] = _place(address)
        self._open[place] += 1

    def leave(self, sid: str) -> None:
        place = self._places.pop(sid, None)
        if place is None:
            return
        self._open[place] -= 1
        if not self._open[place]:
            del self._open[place]

    def _knock(self, place: str) -> int | None:
        now = time.monotonic()
        count, until = self._knocks.get(place, (0, 0.0))
        if until <= now:
            self._knocks.pop(place, None)
            count, until = 0, now + _MINUTE
        self._knocks[place] = count + 1, until
        while len(self._knocks) > _REMEMBERED or next(iter(self._knocks.values()))[1] <= now:
            self._knocks.popitem(last=False)
        return None if count < self._most * _KNOCKS_EACH else max(1, round(until - now))


def _place(address: str) -> str:
    """What counts as one address; nothing for this machine."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return ""  # A Unix socket.
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if parsed.is_loopback:
        return ""
    return str(parsed) if parsed.version == 4 else str(ip_network((parsed, 64), strict=False))
