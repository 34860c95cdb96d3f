"""Connection: who is on the other end of a socket, and in which rooms. The handshake says once who it is."""

import hmac
import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from socketio.exceptions import ConnectionRefusedError as Refused

from eliza.clock import Clock, milliseconds
from eliza.config import Settings
from eliza.errors import InvalidInput, Unavailable
from eliza.ids import is_uuid
from eliza.messaging.channels import Channels
from eliza.realtime.transport import Server

log = logging.getLogger(__name__)

_MOST_ROOMS = 1000
_MOST_REMEMBERED = 100


class TooManyRooms(InvalidInput):
    code = "TOO_MANY_ROOMS"

    def __init__(self) -> None:
        super().__init__(f"A connection can be in {_MOST_ROOMS} rooms at once; leave one before joining another")


class Connections:
    def __init__(self, server: Server, settings: Settings, clock: Clock, channels: Channels) -> None:
        self._server = server
        self._channels = channels
        self._keys = [key.encode() for key in (settings.auth_token, settings.socket_token) if key]
        self._clock = clock
        self._entities: dict[str, UUID] = {}
        self._rooms: dict[str, set[str]] = {}

    def entity_of(self, sid: str) -> UUID:
        return self._entities[sid]

    def is_open(self, sid: str) -> bool:
        return sid in self._entities

    def require_place(self, sid: str, room: str) -> None:
        """Raises ``InvalidInput`` or ``TooManyRooms`` when the socket cannot enter ``room``."""
        self._require_public(room)
        entered = self._rooms.get(sid, ())
        if room not in entered and len(entered) >= _MOST_ROOMS:
            raise TooManyRooms

    def enter(self, sid: str, room: str) -> None:
        """Let a socket hear what is told to ``room``; raises as ``require_place``. Who has left enters no more."""
        self.require_place(sid, room)
        if sid in self._rooms:
            self._rooms[sid].add(room)
            self._server.enter_room(sid, room)

    def leave(self, sid: str, room: str) -> None:
        """Raises ``InvalidInput``; a room the socket is not in is left all the same."""
        self._require_public(room)
        if sid in self._rooms:
            self._rooms[sid].discard(room)
            self._server.leave_room(sid, room)

    def open(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        """Let a socket in, or refuse it with the reason its client shows.

        It then hears the channels its person takes part in, the newest of them, as if it had joined them: elizaOS's
        page joins once, and not again after its connection broke.
        """
        given = auth if isinstance(auth, Mapping) else {}
        if not self._holds_key(given, environ):
            raise Refused("Invalid or missing API Key")
        entity = given.get("entityId")
        if not isinstance(entity, str) or not is_uuid(entity):
            raise Refused("Valid entityId required")
        self._entities[sid] = UUID(entity)
        self._rooms[sid] = set()
        self._server.emit("authenticated", {"entityId": entity, "timestamp": milliseconds(self._clock.now())}, to=sid)
        self._server.emit("connection_established", {"message": "Connected to Eliza", "socketId": sid}, to=sid)
        self._enter_again(sid)

    def close(self, sid: str, _reason: str = "") -> None:
        self._entities.pop(sid, None)
        self._rooms.pop(sid, None)

    def _enter_again(self, sid: str) -> None:
        try:
            known = self._channels.recent(self._entities[sid], limit=_MOST_REMEMBERED)
        except Unavailable:  # Without it the person is still let in, and joins as everybody could.
            log.warning("channels not entered again", exc_info=True)
            return
        for channel_id in known:
            self.enter(sid, str(channel_id))

    def _require_public(self, room: str) -> None:
        # Socket.IO keeps a room for every socket, named like it, by which it tells that socket alone.
        if room in self._entities:
            raise InvalidInput("channelId must not be the id of a socket")

    def _holds_key(self, auth: Mapping[str, Any], environ: Mapping[str, Any]) -> bool:
        if not self._keys:
            return True
        scheme, _, token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        given = auth.get("apiKey") or environ.get("HTTP_X_API_KEY") or (token if scheme.lower() == "bearer" else "")
        return any(hmac.compare_digest(str(given).encode(), key) for key in self._keys)
