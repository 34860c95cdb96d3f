"""LogStream: tells the lines of the server's log to whoever listens, each through filters of their own.

The filters are the name of the Socket.IO room a listener is in. So they need no place of their own to be kept in, are
gone with the connection, and reach the listeners of other workers through the same queue as everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from eliza.access.principal import NotAllowed
from eliza.access.roles import Permission
from eliza.access.rules import EVENTS
from eliza.errors import InvalidInput
from eliza.events import Bus, LogWritten
from eliza.ids import is_uuid
from eliza.logs.levels import LEVELS
from eliza.logs.wire import line
from eliza.realtime.connection import Connections
from eliza.realtime.protocol import Json
from eliza.realtime.transport import Server

_ALL = "all"
_SEPARATOR = "\0"
_PREFIX = f"{_SEPARATOR}logs{_SEPARATOR}"
"""How the names of these rooms begin. No client can join them by name: what it sends must not contain NUL."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Lines from ``level`` on, about one agent or about whatever there is."""

    level: str = _ALL
    agent_name: str = _ALL
    agent_id: str = _ALL

    @property
    def room(self) -> str:
        return _PREFIX + _SEPARATOR.join((self.level, self.agent_name, self.agent_id))

    @classmethod
    def of_room(cls, room: str) -> "Filters":
        return cls(*room.removeprefix(_PREFIX).split(_SEPARATOR))

    def changed(self, given: Mapping[str, object]) -> "Filters":
        """With those that are given. Raises ``InvalidInput``."""
        return replace(
            self,
            level=_level(given.get("level") or self.level),
            agent_name=_name(given.get("agentName") or self.agent_name),
            agent_id=_id(given.get("agentId") or self.agent_id),
        )

    def to_json(self) -> Json:
        return {"level": self.level, "agentName": self.agent_name, "agentId": self.agent_id}


class LogStream:
    def __init__(self, server: Server, connections: Connections) -> None:
        self._server = server
        self._connections = connections

    def listen(self, bus: Bus) -> None:
        self._server.on("subscribe_logs", self.subscribe)
        self._server.on("unsubscribe_logs", self.unsubscribe)
        self._server.on("update_log_filters", self.filter)
        bus.subscribe(LogWritten, self._written)

    def subscribe(self, sid: str, *_more: object) -> Json:
        """Whoever has subscribed already keeps their filters."""
        try:
            self._connections.require(sid, EVENTS["subscribe_logs"], Permission.CONVERSATIONS_ANY)
        except NotAllowed as failure:
            return self._confirm(sid, is_subscribed=False, message=failure.message)
        self._enter(sid, self._filters(sid) or Filters())
        return self._confirm(sid, is_subscribed=True, message="Subscribed to log stream")

    def unsubscribe(self, sid: str, *_more: object) -> Json:
        self._leave(sid)
        return self._confirm(sid, is_subscribed=False, message="Unsubscribed from log stream")

    def filter(self, sid: str, given: object = None, *_more: object) -> Json:
        try:
            updated = self._filter(sid, given)
        except InvalidInput as failure:
            updated = {"success": False, "error": failure.message}
        self._server.emit("log_filters_updated", updated, to=sid)
        return updated

    def _filter(self, sid: str, given: object) -> Json:
        filters = self._filters(sid)
        if filters is None:
            raise InvalidInput("This connection has not subscribed to the log stream")
        if not isinstance(given, Mapping):
            raise InvalidInput("The filters must be an object with level, agentName or agentId")
        changed = filters.changed(given)
        self._leave(sid)
        self._enter(sid, changed)
        return {"success": True, "filters": changed.to_json()}

    def _confirm(self, sid: str, *, is_subscribed: bool, message: str) -> Json:
        confirmed = {"subscribed": is_subscribed, "message": message}
        self._server.emit("log_subscription_confirmed", confirmed, to=sid)
        return confirmed

    def _written(self, written: LogWritten) -> None:
        payload = {"type": "log_entry", "payload": dict(line(written))}
        rooms = _rooms(written.level, written.agent_name or _ALL, written.agent_id or _ALL)
        self._server.emit("log_stream", payload, room=rooms)

    def _filters(self, sid: str) -> Filters | None:
        room = self._room(sid)
        return None if room is None else Filters.of_room(room)

    def _room(self, sid: str) -> str | None:
        return next((room for room in self._server.rooms(sid) if room.startswith(_PREFIX)), None)

    def _enter(self, sid: str, filters: Filters) -> None:
        if self._connections.is_open(sid):
            self._server.enter_room(sid, filters.room)

    def _leave(self, sid: str) -> None:
        room = self._room(sid)
        if room is not None:
            self._server.leave_room(sid, room)


@lru_cache(maxsize=1000)
def _rooms(level: int, agent_name: str, agent_id: str) -> list[str]:
    """Those of all filters that let such a line through; every listener is in one. There are few kinds of lines."""
    levels = [_ALL, *(name for name, number in LEVELS.items() if number <= level)]
    return [Filters(*filters).room for filters in product(levels, {_ALL, agent_name}, {_ALL, agent_id})]


def _level(name: object) -> str:
    if isinstance(name, str) and name in {_ALL, *LEVELS}:
        return name
    raise InvalidInput(f"level must be {_ALL} or one of {', '.join(LEVELS)}")


def _name(name: object) -> str:
    if not isinstance(name, str) or _SEPARATOR in name or len(name) > 200:
        raise InvalidInput("agentName must be a name")
    return name


def _id(agent_id: object) -> str:
    if agent_id == _ALL or (isinstance(agent_id, str) and is_uuid(agent_id)):
        return str(agent_id).lower()
    raise InvalidInput(f"agentId must be {_ALL} or the id of an agent")
