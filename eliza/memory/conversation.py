"""Conversation: what an agent's mind asks of the database: the ``Store`` of ``eliza.runtime``, on Peewee."""

import struct
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy
from peewee import JOIN

from eliza.db import Database, tables
from eliza.db.rows import tuples
from eliza.runtime.store import Remembered
from eliza.runtime.turn import Person, Said

_LOOKED_AT = 5000


class Conversation:
    def __init__(self, database: Database) -> None:
        self._database = database

    def conversation(self, channel_id: UUID, *, until_seq: int, limit: int) -> list[Said]:
        message = tables.Message
        columns = (
            message.id,
            message.seq,
            message.author_id,
            message.author_name,
            message.is_agent,
            message.content,
            message.in_reply_to_root_message_id,
            message.metadata,
            message.created_at,
            message.source_type,
        )
        here = (message.channel == channel_id) & (message.seq <= until_seq)
        query = message.select(*columns).where(here).order_by(message.seq.desc()).limit(limit)
        with self._database.read():
            return [_said(*row) for row in tuples(query)][::-1]

    def people(self, channel_id: UUID) -> list[Person]:
        seat, agent = tables.ChannelParticipant, tables.Agent
        query = (
            seat.select(seat.entity_id, agent.name)
            .join(agent, JOIN.LEFT_OUTER, on=(agent.id == seat.entity_id))
            .where(seat.channel == channel_id)
            .order_by(seat.entity_id)
        )
        with self._database.read():
            seats = tuples(query)
            names = self._names(channel_id) if any(name is None for _, name in seats) else {}
        return [Person(who, name or names.get(who) or "User", name is not None) for who, name in seats]

    def nearest(self, agent_id: UUID, vector: Sequence[float], *, limit: int) -> list[Remembered]:
        """The nearest of the agent's newest 5,000 embedded memories."""
        memory, embedding, room = tables.Memory, tables.Embedding, tables.Room
        query = (
            embedding.select(
                memory.id, memory.type, memory.content, memory.entity_id, room.channel_id, embedding.vector
            )
            .join(memory)
            .join(room, JOIN.LEFT_OUTER, on=(room.id == memory.room_id))
            .where((memory.agent == agent_id) & (embedding.dimension == len(vector)))
            .order_by(memory.created_at.desc())
            .limit(_LOOKED_AT)
        )
        with self._database.read():
            rows = tuples(query)
        if not rows:
            return []
        matrix = numpy.frombuffer(b"".join(bytes(row[5]) for row in rows), dtype="<f4").reshape(len(rows), len(vector))
        nearness = matrix @ numpy.asarray(vector, dtype="<f4")
        best = numpy.argsort(-nearness)[:limit]
        return [_remembered(rows[index], float(nearness[index])) for index in best]

    def _names(self, channel_id: UUID) -> dict[UUID, str]:
        message = tables.Message
        named = (message.channel == channel_id) & message.author_name.is_null(False)
        query = message.select(message.author_id, message.author_name).where(named).order_by(message.seq.desc())
        return dict(reversed(tuples(query.limit(100))))


def pack(vector: Sequence[float]) -> bytes:
    """A vector as its column keeps it."""
    return struct.pack(f"<{len(vector)}f", *vector)


def _said(
    message_id: UUID,
    seq: int,
    author_id: UUID,
    author_name: str | None,
    is_agent: bool,
    text: str,
    in_reply_to: UUID | None,
    metadata: dict[str, object] | None,
    created_at: datetime,
    source: str | None,
) -> Said:
    return Said(
        message_id,
        seq,
        author_id,
        author_name or "User",
        is_agent,
        text,
        in_reply_to,
        metadata or {},
        created_at,
        source or "",
    )


def _remembered(row: tuple[Any, ...], nearness: float) -> Remembered:
    memory_id, kind, content, author_id, channel_id, _ = row
    return Remembered(memory_id, kind, str(content.get("text", "")), nearness, channel_id, author_id)
