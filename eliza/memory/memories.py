"""Memories: what agents keep, under the rooms and worlds in which each of them knows the shared channels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eliza.clock import Clock, milliseconds
from eliza.db import Database, tables
from eliza.ids import new_id, unique_to
from eliza.memory.conversation import pack
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
        for memory in memories:
            self._keep_one(agent_id, told, memory, now)

    def _keep_one(self, agent_id: UUID, told: Told, memory: NewMemory, now: datetime) -> None:
        memory_id = _memory_id(agent_id, told, memory)
        tables.Memory.insert(
            id=memory_id,
            type=memory.table,
            content={"text": memory.text, **memory.content},
            entity_id=memory.author_id or agent_id,
            agent=agent_id,
            room_id=unique_to(agent_id, told.channel_id),
            metadata={"type": "message", "source": "conversation", "timestamp": milliseconds(now)},
            created_at=now,
        ).on_conflict_ignore().execute()
        if memory.embedding is not None:
            self._embed(memory_id, memory.embedding, memory.embedded_by or "", now)

    def _embed(self, memory_id: UUID, vector: Sequence[float], model: str, now: datetime) -> None:
        tables.Embedding.insert(
            memory=memory_id, model=model, dimension=len(vector), vector=pack(vector), created_at=now
        ).on_conflict_ignore().execute()

    def _ensure_room(self, agent_id: UUID, channel_id: UUID, now: datetime) -> None:
        if tables.Room.select().where(tables.Room.id == unique_to(agent_id, channel_id)).exists():
            return
        channel = tables.Channel.get_by_id(channel_id)
        world_id = unique_to(agent_id, channel.message_server_id)
        tables.World.insert(
            id=world_id,
            agent=agent_id,
            name=f"World for server {channel.message_server_id}",
            message_server_id=channel.message_server_id,
            created_at=now,
        ).on_conflict_ignore().execute()
        tables.Room.insert(
            id=unique_to(agent_id, channel_id),
            agent=agent_id,
            source=channel.source_type or "eliza",
            type=channel.type,
            name=channel.name,
            channel_id=channel_id,
            message_server_id=channel.message_server_id,
            world_id=world_id,
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
