"""Limits: how much a socket may send. Events above the limit are refused; a client that goes on is disconnected."""

import time
from typing import Any

from eliza.access.principal import LOOPBACK, Principal
from eliza.http.limits import COSTLY, RateLimited, RateLimits, rate_factor
from eliza.realtime import protocol
from eliza.realtime.connection import Connections
from eliza.realtime.protocol import Json
from eliza.realtime.transport import Server

_BURST_SECONDS = 4


class Bucket:
    """A token bucket: a burst at first, then ``rate`` a second."""

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left = self._most = rate * _BURST_SECONDS
        self._at = time.monotonic()

    def take(self) -> float:
        """Take a token. Returns zero, or the seconds until one is available."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return (1 - self._left) / self._rate
        self._left -= 1
        return 0.0


class EventLimits:
    """Checks every event. ``per_second`` is the limit of one socket; a credential may use four times as much.

    Connectors and local callers get twenty times as much. Sending a message also counts against the limit of messages
    posted over REST. A client that ignores a whole burst of refusals is disconnected.
    """

    def __init__(self, server: Server, connections: Connections, rates: RateLimits, *, per_second: float) -> None:
        self._server = server
        self._connections = connections
        self._rates = rates
        self._per_second = per_second
        self._allowed: dict[str, Bucket] = {}
        self._patience: dict[str, Bucket] = {}

    def listen(self) -> None:
        self._server.throttle = self.refusal
        self._connections.when_closed(self._forget)

    def refusal(self, sid: str, event: list[Any]) -> Json | None:
        """The error for the client if ``event`` is refused; None if it is accepted."""
        if not self._connections.is_open(sid):
            return None
        principal = self._connections.principal_of(sid)
        try:
            self._require_rate(sid, principal)
            if _is_message(event):
                self._rates.spend(COSTLY, principal)
        except RateLimited as failure:
            return self._refuse(sid, principal, failure)
        return None

    def _forget(self, sid: str) -> None:
        self._allowed.pop(sid, None)
        self._patience.pop(sid, None)

    def _require_rate(self, sid: str, principal: Principal) -> None:
        wait = self._bucket(self._allowed, sid, principal).take()
        if wait:
            raise RateLimited(wait, "events")
        if principal != LOOPBACK:
            self._rates.count_event(principal, self._rate(principal))

    def _refuse(self, sid: str, principal: Principal, failure: RateLimited) -> Json | None:
        refusal = {"error": failure.message, "code": failure.code, "retryAfter": failure.retry_after}
        if self._bucket(self._patience, sid, principal).take():
            self._server.disconnect(sid)
        else:
            self._server.emit("messageError", refusal, to=sid)
        return {"ok": False, **refusal}

    def _bucket(self, buckets: dict[str, Bucket], sid: str, principal: Principal) -> Bucket:
        if sid not in buckets:
            buckets[sid] = Bucket(self._rate(principal))
        return buckets[sid]

    def _rate(self, principal: Principal) -> float:
        return self._per_second * rate_factor(principal)


def _is_message(event: list[Any]) -> bool:
    if event[0] == str(protocol.SEND):
        return True
    return event[0] == "message" and len(event) > 1 and protocol.unpack(event[1])[0] == protocol.SEND
