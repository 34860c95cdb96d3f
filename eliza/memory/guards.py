"""Guards: which rooms of an agent a person may access."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from eliza.access.principal import Principal
from eliza.http.path_guards import Guard
from eliza.ids import is_uuid
from eliza.memory.rooms import RoomNotFound, Rooms


def room_guard(rooms: Rooms) -> Guard:
    """For paths with ``agent_id`` and ``room_id``: the room (or channel) must be one the caller takes part in."""

    def guard(principal: Principal, path: Mapping[str, Any]) -> None:
        person, agent, given = principal.scope, str(path["agent_id"]), str(path["room_id"])
        if person is None or not (is_uuid(agent) and is_uuid(given)):
            return  # A text that is not an id is left to the view.
        if not rooms.is_within(UUID(agent), UUID(given), person):
            raise RoomNotFound(UUID(given))

    return guard
