"""Connection: who is on the other end of a socket. The handshake says it once; no message says otherwise."""

import hmac
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from socketio.exceptions import ConnectionRefusedError as Refused

from eliza.clock import Clock, milliseconds
from eliza.config import Settings
from eliza.ids import is_uuid
from eliza.realtime.transport import Server


class Connections:
    def __init__(self, server: Server, settings: Settings, clock: Clock) -> None:
        self._server = server
        self._keys = [key.encode() for key in (settings.auth_token, settings.socket_token) if key]
        self._clock = clock
        self._entities: dict[str, UUID] = {}

    def entity_of(self, sid: str) -> UUID:
        return self._entities[sid]

    def open(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        """Let a socket in, or refuse it with the reason its client shows."""
        given = auth if isinstance(auth, Mapping) else {}
        if not self._holds_key(given, environ):
            raise Refused("Invalid or missing API Key")
        entity = given.get("entityId")
        if not isinstance(entity, str) or not is_uuid(entity):
            raise Refused("Valid entityId required")
        self._entities[sid] = UUID(entity)
        self._server.emit("authenticated", {"entityId": entity, "timestamp": milliseconds(self._clock.now())}, to=sid)
        self._server.emit("connection_established", {"message": "Connected to Eliza", "socketId": sid}, to=sid)

    def close(self, sid: str, _reason: str = "") -> None:
        self._entities.pop(sid, None)

    def _holds_key(self, auth: Mapping[str, Any], environ: Mapping[str, Any]) -> bool:
        if not self._keys:
            return True
        scheme, _, token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        given = auth.get("apiKey") or environ.get("HTTP_X_API_KEY") or (token if scheme.lower() == "bearer" else "")
        return any(hmac.compare_digest(str(given).encode(), key) for key in self._keys)
