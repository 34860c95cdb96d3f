"""Worlds: message servers as one agent knows each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import Expression

from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.forgetting import forget_rooms
from eliza.db.known import require_agent, require_server
from eliza.db.paging import Page, page_of
from eliza.db.participation import channels_of, exists
from eliza.errors import NotFound
from eliza.ids import unique_to


@dataclass(frozen=True, slots=True)
class World:
    id: UUID
    agent_id: UUID
    name: str
    metadata: Mapping[str, Any] | None
    message_server_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WorldDraft:
    """A new world by its name, or by ``world_id`` one that exists, whoever knows it until now."""

    name: str | None
    world_id: UUID | None = None
    message_server_id: UUID | None = None
    metadata: Mapping[str, Any] | None = None


class WorldNotFound(NotFound):
    def __init__(self, world_id: UUID) -> None:
        super().__init__(f"World {world_id} not found")


class Worlds:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def page(self, *, limit: int, cursor: str | None = None) -> Page[World]:
        """The worlds of all agents, oldest first."""
        with self._database.read():
            return _page(tables.World.select(), limit, cursor)

    def of_agent(self, agent_id: UUID, *, limit: int, cursor: str | None = None) -> Page[World]:
        """Oldest first. Raises ``UnknownAgent``."""
        with self._database.read():
            require_agent(agent_id)
            return _page(tables.World.select().where(tables.World.agent == agent_id), limit, cursor)

    def is_within(self, world_id: UUID, person: UUID) -> bool:
        """True for a world in which there is a channel that ``person`` takes part in."""
        room = tables.Room
        with self._database.read():
            return exists(room, (room.world_id == world_id) & room.channel_id.in_(channels_of(person)))

    def add(self, agent_id: UUID, draft: WorldDraft) -> World:
        """Let an agent know a world. Raises ``UnknownAgent``, ``UnknownServer`` or ``WorldNotFound``."""
        now = self._clock.now()

        def work() -> World:
            require_agent(agent_id)
            return _create(agent_id, draft, now) if draft.world_id is None else _join(agent_id, draft.world_id, now)

        return self._database.write(work)

    def change(self, agent_id: UUID, world_id: UUID, name: str | None, metadata: Mapping[str, Any]) -> World:
        """Change the name if there is one; the keys of ``metadata`` replace those of the same name, the others stay.

        Raises ``UnknownAgent`` or ``WorldNotFound``.
        """

        def work() -> World:
            require_agent(agent_id)
            self._database.lock(tables.World, world_id)  # Nobody changes it between our reading and our writing.
            row = tables.World.get_or_none(_own(agent_id, world_id))
            if row is None:
                raise WorldNotFound(world_id)
            row.name = name or row.name
            row.metadata = {**(row.metadata or {}), **metadata}
            row.save()
            return _world(row)

        return self._database.write(work)

    def delete(self, agent_id: UUID, world_id: UUID) -> None:
        """Delete a world with its rooms and what was remembered in them.

        Raises ``UnknownAgent`` or ``WorldNotFound``.
        """

        def work() -> None:
            require_agent(agent_id)
            if not tables.World.delete().where(_own(agent_id, world_id)).execute():
                raise WorldNotFound(world_id)
            forget_rooms((tables.Room.world_id == world_id) & (tables.Room.agent == agent_id))

        self._database.write(work)


def get_world(world_id: UUID) -> World:
    """While a connection is held: the world, whoever it belongs to. Raises ``WorldNotFound``."""
    row = tables.World.get_or_none(tables.World.id == world_id)
    if row is None:
        raise WorldNotFound(world_id)
    return _world(row)


def ensure_world(agent_id: UUID, server_id: UUID, now: datetime) -> UUID:
    """Inside a unit of work: the world as which an agent knows a message server, made when it is not there."""
    world_id = unique_to(agent_id, server_id)
    tables.World.insert(
        id=world_id,
        agent=agent_id,
        name=f"World for server {server_id}",
        message_server_id=server_id,
        created_at=now,
    ).on_conflict_ignore().execute()
    return world_id


def _create(agent_id: UUID, draft: WorldDraft, now: datetime) -> World:
    if draft.message_server_id is not None:
        require_server(draft.message_server_id)
    row = tables.World.create(
        agent=agent_id,
        name=draft.name,
        message_server_id=draft.message_server_id,
        metadata=dict(draft.metadata or {}),
        created_at=now,
    )
    return _world(row)


def _join(agent_id: UUID, world_id: UUID, now: datetime) -> World:
    """A world belongs to one agent, so another gets its own for the same message server."""
    known = get_world(world_id)
    if known.agent_id == agent_id:
        return known
    own_id = unique_to(agent_id, known.message_server_id or known.id)
    tables.World.insert(
        id=own_id,
        agent=agent_id,
        name=known.name,
        message_server_id=known.message_server_id,
        metadata=known.metadata,
        created_at=now,
    ).on_conflict_ignore().execute()
    return get_world(own_id)


def _page(query: Any, limit: int, cursor: str | None) -> Page[World]:
    return page_of(query, by=(tables.World.created_at, tables.World.id), limit=limit, cursor=cursor).map(_world)


def _own(agent_id: UUID, world_id: UUID) -> Expression:
    return (tables.World.id == world_id) & (tables.World.agent == agent_id)


def _world(row: tables.World) -> World:
    return World(row.id, row.agent_id, row.name, row.metadata, row.message_server_id, row.created_at)
