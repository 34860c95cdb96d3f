"""Connection: who is on the other end of a socket, and in which rooms. The handshake says once who it is."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from socketio.exceptions import ConnectionRefusedError as Refused

from eliza.access.principal import Principal
from eliza.access.roles import Permission
from eliza.access.rules import EVENTS
from eliza.clock import Clock, milliseconds
from eliza.errors import InvalidInput, Unavailable
from eliza.ids import is_uuid
from eliza.messaging.channels import ChannelNotFound, Channels
from eliza.realtime.handshake import Handshake, Visitor
from eliza.realtime.transport import Server

log = logging.getLogger(__name__)

_MOST_ROOMS = 1000
_MOST_REMEMBERED = 100


class TooManyRooms(InvalidInput):
    code = "TOO_MANY_ROOMS"

    def __init__(self) -> None:
        super().__init__(f"A connection can be in {_MOST_ROOMS} rooms at once; leave one before joining another")


class Connections:
    """The sockets that are open here. Whoever does not see all conversations is in the rooms of their own alone."""

    def __init__(
        self, server: Server, clock: Clock, channels: Channels, handshake: Handshake, *, most_each: int
    ) -> None:
        self._server = server
        self._channels = channels
        self._handshake = handshake
        self._clock = clock
        self._most_each = most_each
        self._visitors: dict[str, Visitor] = {}
        self._rooms: dict[str, set[str]] = {}
        self._farewells: list[Callable[[str], None]] = []

    def when_closed(self, tell: Callable[[str], None]) -> None:
        """Have ``tell`` called with each socket that has closed."""
        self._farewells.append(tell)

    def entity_of(self, sid: str) -> UUID:
        return self._visitors[sid].entity_id

    def principal_of(self, sid: str) -> Principal:
        return self._visitors[sid].principal

    def is_open(self, sid: str) -> bool:
        return sid in self._visitors

    def require(self, sid: str, *permissions: Permission) -> None:
        """Raises ``NotAllowed``."""
        for permission in permissions:
            self._visitors[sid].principal.require(permission)

    def may_listen(self, sid: str) -> bool:
        """False for a key that is narrowed to other things: it enters no room, not even by speaking there."""
        visitor = self._visitors.get(sid)
        return visitor is not None and visitor.principal.may(EVENTS["join"])

    def sees_all(self, sid: str) -> bool:
        return self._visitors[sid].principal.sees_all

    def require_participation(self, sid: str, room: str) -> None:
        """Raises ``ChannelNotFound`` for a channel in which the socket's person takes no part, and for none at all."""
        if not self.sees_all(sid) and not (is_uuid(room) and self._takes_part(sid, UUID(room))):
            raise ChannelNotFound(room)

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
        visitor = self._handshake.meet(environ, auth)
        self._require_seat(visitor.principal)
        self._visitors[sid] = visitor
        self._rooms[sid] = set()
        entity, now = str(visitor.entity_id), milliseconds(self._clock.now())
        self._server.emit("authenticated", {"entityId": entity, "timestamp": now}, to=sid)
        self._server.emit("connection_established", {"message": "Connected to Eliza", "socketId": sid}, to=sid)
        if self.may_listen(sid):
            self._enter_again(sid)

    def close(self, sid: str, _reason: str = "") -> None:
        self._visitors.pop(sid, None)
        self._rooms.pop(sid, None)
        for tell in self._farewells:
            tell(sid)

    def end(self, credential: str) -> None:
        """Close every socket that was opened with ``credential``."""
        self._close_all(sid for sid, one in self._visitors.items() if credential in one.credentials)

    def review(self) -> None:
        """Close the sockets whose credential has ended, and take those that stay out of rooms that are not theirs.

        It may have happened in another process, which nobody here was told of.
        """
        for (principal, cookie), sids in self._by_credential().items():
            if self._has_expired(principal) or not self._handshake.still_stands(principal, cookie):
                self._close_all(sids)
            elif not principal.sees_all:
                self._leave_foreign_rooms(sids)

    def take_out(self, channel_id: UUID, people: Iterable[UUID]) -> None:
        """Let people who have left a channel hear no more of it."""
        gone = frozenset(people)
        for sid, visitor in list(self._visitors.items()):
            if visitor.entity_id in gone and not visitor.principal.sees_all:
                self.leave(sid, str(channel_id))

    def _require_seat(self, principal: Principal) -> None:
        """Whoever speaks for themselves alone has so many connections at most."""
        if principal.may(Permission.ACT_AS):
            return
        taken = sum(1 for one in self._visitors.values() if one.principal.credential == principal.credential)
        if taken >= self._most_each:
            raise Refused(f"This credential has {taken} connections open already")

    def _by_credential(self) -> dict[tuple[Principal, str | None], list[str]]:
        found: dict[tuple[Principal, str | None], list[str]] = defaultdict(list)
        for sid, visitor in self._visitors.items():
            found[visitor.principal, visitor.cookie].append(sid)
        return found

    def _has_expired(self, principal: Principal) -> bool:
        return principal.expires_at is not None and principal.expires_at <= self._clock.now()

    def _close_all(self, sids: Iterable[str]) -> None:
        for sid in list(sids):
            log.info("socket closed, since its credential has ended", extra={"sid": sid})
            self._server.disconnect(sid)

    def _leave_foreign_rooms(self, sids: Iterable[str]) -> None:
        """One question for each person, however many rooms they are in: it is asked all the time."""
        entered: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
        for sid in sids:
            if self.is_open(sid):
                entered[self.entity_of(sid)] += [(sid, room) for room in self._rooms[sid]]
        for entity, places in entered.items():
            theirs = self._channels.of(entity)
            for sid, room in places:
                if self.is_open(sid) and UUID(room) not in theirs:
                    self.leave(sid, room)

    def _takes_part(self, sid: str, channel_id: UUID) -> bool:
        return self._channels.has(channel_id, self.entity_of(sid))

    def _enter_again(self, sid: str) -> None:
        try:
            known = self._channels.recent(self.entity_of(sid), limit=_MOST_REMEMBERED)
        except Unavailable:  # Without it the person is still let in, and joins as everybody could.
            log.warning("channels not entered again", exc_info=True)
            return
        for channel_id in known:
            self.enter(sid, str(channel_id))

    def _require_public(self, room: str) -> None:
        # Socket.IO keeps a room for every socket, named like it, by which it tells that socket alone.
        if room in self._visitors:
            raise InvalidInput("channelId must not be the id of a socket")
