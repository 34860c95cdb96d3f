"""Memories: what agents keep, under the rooms and worlds in which each of them knows the shared channels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eliza.clock import Clock, milliseconds
from eliza.db import Database, Statement, param, tables
from eliza.ids import new_id, unique_to
from eliza.memory.vectors import pack
from eliza.memory.worlds import ensure_world
from eliza.runtime.turn import NewMemory


@dataclass(frozen=True, slots=True)
class Told:
    """Where and about what an agent came to remember something: the question and its own replies, in order."""

    channel_id: UUID
    question_id: UUID
    reply_ids: Sequence[UUID]


class Memories:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, agent_id: UUID, told: Told, memories: Iterable[NewMemory]) -> None:
        """Inside a unit of work: store what a turn wants remembered; what is there already stays as it is."""
        memories = tuple(memories)
        if not memories:
            return
        now = self._clock.now()
        self._ensure_room(agent_id, told.channel_id, now)
        for place, memory in enumerate(memories):
            # What came of one turn has an order too, and whoever lists it by age shall see it.
            self._keep_one(agent_id, told, memory, now + timedelta(milliseconds=place))

    def _keep_one(self, agent_id: UUID, told: Told, memory: NewMemory, now: datetime) -> None:
        memory_id = _memory_id(agent_id, told, memory)
        self._database.run(
            _KEEP,
            id=memory_id,
            type=memory.table,
            content={"text": memory.text, **memory.content},
            entity_id=memory.author_id or agent_id,
            agent=agent_id,
            room_id=unique_to(agent_id, told.channel_id),
            world_id=None,
            message=_origin(told, memory),
            unique=True,
            metadata={"type": "message", "source": "conversation", "timestamp": milliseconds(now)},
            created_at=now,
        )
        if memory.embedding is not None:
            self._database.run(
                _EMBED,
                memory=memory_id,
                model=memory.embedded_by or "",
                dimension=len(memory.embedding),
                vector=pack(memory.embedding),
                created_at=now,
            )

    def _ensure_room(self, agent_id: UUID, channel_id: UUID, now: datetime) -> None:
        if self._database.run(_ROOM, id=unique_to(agent_id, channel_id)):
            return
        channel = tables.Channel.get_by_id(channel_id)
        tables.Room.insert(
            id=unique_to(agent_id, channel_id),
            agent=agent_id,
            source=channel.source_type or "eliza",
            type=channel.type,
            name=channel.name,
            channel_id=channel_id,
            message_server_id=channel.message_server_id,
            world_id=ensure_world(agent_id, channel.message_server_id, now),
            metadata={},
            created_at=now,
        ).on_conflict_ignore().execute()


def _memory_id(agent_id: UUID, told: Told, memory: NewMemory) -> UUID:
    """elizaOS's name for an agent's memory of a message; anything else gets a new one."""
    if memory.part is not None:
        return unique_to(agent_id, f"{told.reply_ids[memory.part]}-{agent_id}")
    if memory.message_id is not None:
        return unique_to(agent_id, f"{memory.message_id}-{agent_id}")
    return new_id()


def _origin(told: Told, memory: NewMemory) -> UUID:
    """The message with which a memory is forgotten: its own, or for what was concluded the question's."""
    return told.question_id if memory.part is None else told.reply_ids[memory.part]


_ROOM = Statement(lambda: tables.Room.select(tables.Room.id).where(tables.Room.id == param("id", tables.Room.id)))
_KEEP = Statement(lambda: _insert(tables.Memory))
_EMBED = Statement(lambda: _insert(tables.Embedding))


def _insert(table: type[tables.Table]) -> Any:
    """A whole row; one that is there already stays as it is."""
    return table.insert({field: param(field.name, field) for field in tables.fields(table)}).on_conflict_ignore()
