"""Rooms: channels as one agent knows each of them, and rooms that only the agent has."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import JOIN, Expression

from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.forgetting import forget_rooms
from eliza.db.known import require_agent, require_server
from eliza.db.paging import Page, page_of
from eliza.db.participation import channels_of, takes_part
from eliza.errors import NotFound
from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id, unique_to
from eliza.memory.worlds import ensure_world, get_world


@dataclass(frozen=True, slots=True)
class Room:
    id: UUID
    agent_id: UUID
    name: str | None
    type: str
    source: str
    channel_id: UUID | None
    message_server_id: UUID | None
    world_id: UUID | None
    world_name: str | None
    metadata: Mapping[str, Any] | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RoomDraft:
    """A room to be. Without a world it stands in the agent's world for its message server, which is the default one."""

    name: str
    type: str = "DM"
    source: str = "client"
    message_server_id: UUID | None = None
    world_id: UUID | None = None
    metadata: Mapping[str, Any] | None = None


class RoomNotFound(NotFound):
    def __init__(self, room_id: UUID) -> None:
        super().__init__(f"Room {room_id} not found")


class Rooms:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of_agent(
        self, agent_id: UUID, *, limit: int, cursor: str | None = None, person: UUID | None = None
    ) -> Page[Room]:
        """Oldest first; only those of channels that ``person`` takes part in, if given. Raises ``UnknownAgent``."""
        which, order = tables.Room.agent == agent_id, (tables.Room.created_at, tables.Room.id)
        if person is not None:
            which &= tables.Room.channel_id.in_(channels_of(person))
        with self._database.read():
            require_agent(agent_id)
            return page_of(_rooms(which), by=order, limit=limit, cursor=cursor).map(_room)

    def is_within(self, agent_id: UUID, given: UUID, person: UUID) -> bool:
        """True where ``given`` means, as in ``named``, a channel in which ``person`` takes part."""
        with self._database.read():
            room = tables.Room.get_or_none(_this(agent_id, given))
            channel_id = given if room is None else room.channel_id
            return channel_id is not None and takes_part(person, channel_id)

    def get(self, agent_id: UUID, room_id: UUID) -> Room:
        """Raises ``UnknownAgent`` or ``RoomNotFound``."""
        with self._database.read():
            require_agent(agent_id)
            return _get(agent_id, room_id)

    def named(self, agent_id: UUID, given: UUID) -> UUID:
        """The id of the room that ``given`` means: a room of this agent, or else a channel as this agent knows it.

        Raises ``UnknownAgent``, or ``RoomNotFound`` where it means neither.
        """
        with self._database.read():
            require_agent(agent_id)
            if _has_room(agent_id, given):
                return given
            of_channel = unique_to(agent_id, given)
            if _has_room(agent_id, of_channel) or _is_channel(given):
                return of_channel
        raise RoomNotFound(given)

    def create(self, agent_id: UUID, draft: RoomDraft) -> Room:
        """Raises ``UnknownAgent``, ``UnknownServer`` or ``WorldNotFound``."""
        now = self._clock.now()

        def work() -> Room:
            require_agent(agent_id)
            return furnish(agent_id, _placed(draft), now)

        return self._database.write(work)

    def delete(self, agent_id: UUID, room_id: UUID) -> None:
        """Delete a room with what was remembered in it; its channel stays.

        Raises ``UnknownAgent`` or ``RoomNotFound``.
        """

        def work() -> None:
            require_agent(agent_id)
            if not _has_room(agent_id, room_id):
                raise RoomNotFound(room_id)
            forget_rooms(tables.Room.id == room_id)

        self._database.write(work)


def furnish(agent_id: UUID, draft: RoomDraft, now: datetime) -> Room:
    """Inside a unit of work: make a room with the agent in it, who follows what is said there."""
    server_id = draft.message_server_id or DEFAULT_MESSAGE_SERVER
    row = tables.Room.create(
        id=new_id(),
        agent=agent_id,
        source=draft.source,
        type=draft.type,
        name=draft.name,
        message_server_id=server_id,
        world_id=draft.world_id or ensure_world(agent_id, server_id, now),
        metadata=dict(draft.metadata or {}),
        created_at=now,
    )
    tables.Participant.create(entity_id=agent_id, room=row.id, agent=agent_id, room_state="FOLLOWED", created_at=now)
    return _get(agent_id, row.id)


def _placed(draft: RoomDraft) -> RoomDraft:
    """The draft on the message server that it names, or else on that of its world."""
    server_id = draft.message_server_id
    if draft.world_id is not None:
        world = get_world(draft.world_id)
        server_id = server_id or world.message_server_id
    if server_id is not None:
        require_server(server_id)
    return replace(draft, message_server_id=server_id)


def _rooms(which: Expression) -> Any:
    room, world = tables.Room, tables.World
    joined = room.select(room, world.name.alias("world_name")).join(
        world, JOIN.LEFT_OUTER, on=world.id == room.world_id
    )
    return joined.where(which).objects()


def _get(agent_id: UUID, room_id: UUID) -> Room:
    for row in _rooms(_this(agent_id, room_id)):
        return _room(row)
    raise RoomNotFound(room_id)


def _has_room(agent_id: UUID, room_id: UUID) -> bool:
    return bool(tables.Room.select().where(_this(agent_id, room_id)).exists())


def _this(agent_id: UUID, room_id: UUID) -> Expression:
    return (tables.Room.id == room_id) & (tables.Room.agent == agent_id)


def _is_channel(channel_id: UUID) -> bool:
    return bool(tables.Channel.select().where(tables.Channel.id == channel_id).exists())


def _room(row: Any) -> Room:
    return Room(
        id=row.id,
        agent_id=row.agent_id,
        name=row.name,
        type=row.type,
        source=row.source,
        channel_id=row.channel_id,
        message_server_id=row.message_server_id,
        world_id=row.world_id,
        world_name=row.world_name,
        metadata=row.metadata,
        created_at=row.created_at,
    )
