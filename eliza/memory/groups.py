"""Groups: one message server, and a room in it for each of several agents at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import Expression

from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.forgetting import forget_rooms
from eliza.db.known import UnknownAgent, require_server
from eliza.db.rows import column
from eliza.errors import Conflict
from eliza.memory.rooms import Room, RoomDraft, furnish
from eliza.memory.worlds import WorldNotFound


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rooms that came to be, and the agents that nobody knows."""

    rooms: list[Room]
    unknown: list[UUID]


class NobodyServes(Conflict):
    code = "NO_AGENTS"

    def __init__(self, server_id: UUID) -> None:
        super().__init__(f"No agent serves on message server {server_id}; name some in agentIds")


class Groups:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def gather(
        self,
        server_id: UUID,
        name: str,
        agent_ids: Iterable[UUID] | None = None,
        *,
        world_id: UUID | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Gathered:
        """Give each of these agents a room, or all agents of the message server where none are named.

        A ``world_id`` that nobody knows becomes the world of the first. Raises ``UnknownServer``, ``NobodyServes``, or
        ``UnknownAgent`` when there is none at all among those that are named.
        """
        now = self._clock.now()
        draft = RoomDraft(name, type="API", message_server_id=server_id, world_id=world_id, metadata=metadata)

        def work() -> Gathered:
            require_server(server_id)
            invited = _agents_of(server_id) if agent_ids is None else tuple(dict.fromkeys(agent_ids))
            present = _known(invited)
            unknown = [agent_id for agent_id in invited if agent_id not in present]
            if not present:
                raise UnknownAgent(unknown[0]) if unknown else NobodyServes(server_id)
            if draft.world_id is not None:
                _found_world(present[0], draft, now)
            return Gathered([furnish(agent_id, draft, now) for agent_id in present], unknown)

        return self._database.write(work)

    def delete(self, group_id: UUID) -> None:
        """Delete the worlds that ``group_id`` means, with their rooms and what was remembered in them.

        It means one world, or every agent's world for a message server. Raises ``WorldNotFound``.
        """

        def work() -> None:
            _require_group(group_id)
            forget_rooms(_rooms(group_id))
            tables.World.delete().where(_worlds(group_id)).execute()

        self._database.write(work)

    def forget(self, group_id: UUID) -> None:
        """Delete what was remembered there; the worlds and rooms stay. Raises ``WorldNotFound``."""

        def work() -> None:
            _require_group(group_id)
            rooms = tables.Room.select(tables.Room.id).where(_rooms(group_id))
            tables.Memory.delete().where(tables.Memory.room_id.in_(rooms)).execute()

        self._database.write(work)


def _agents_of(server_id: UUID) -> list[UUID]:
    seats = tables.MessageServerAgent
    return column(seats.select(seats.agent).where(seats.message_server == server_id).order_by(seats.agent))


def _known(agent_ids: Sequence[UUID]) -> list[UUID]:
    found = set(column(tables.Agent.select(tables.Agent.id).where(tables.Agent.id.in_(list(agent_ids)))))
    return [agent_id for agent_id in agent_ids if agent_id in found]


def _found_world(agent_id: UUID, draft: RoomDraft, now: datetime) -> None:
    """The world that the rooms shall share, under the id that the caller chose for it."""
    tables.World.insert(
        id=draft.world_id,
        agent=agent_id,
        name=draft.name,
        message_server_id=draft.message_server_id,
        created_at=now,
    ).on_conflict_ignore().execute()


def _rooms(group_id: UUID) -> Expression:
    return (tables.Room.world_id == group_id) | (tables.Room.message_server_id == group_id)


def _worlds(group_id: UUID) -> Expression:
    return (tables.World.id == group_id) | (tables.World.message_server_id == group_id)


def _require_group(group_id: UUID) -> None:
    places = (
        tables.World.select().where(_worlds(group_id)),
        tables.Room.select().where(_rooms(group_id)),
        tables.MessageServer.select().where(tables.MessageServer.id == group_id),
    )
    if not any(place.exists() for place in places):
        raise WorldNotFound(group_id)
