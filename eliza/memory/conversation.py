"""Conversation: what an agent's mind asks of the database: the ``Store`` of ``eliza.runtime``, on Peewee."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy
from peewee import JOIN

from eliza.db import Database, Statement, param, tables
from eliza.runtime.store import Remembered
from eliza.runtime.turn import Person, Said

_LOOKED_AT = 5000


class Conversation:
    def __init__(self, database: Database) -> None:
        self._database = database

    def conversation(self, channel_id: UUID, *, until_seq: int, limit: int) -> list[Said]:
        with self._database.read():
            rows = self._database.run(_SAID, channel=channel_id, until_seq=until_seq, limit=limit)
        return [_said(*row) for row in rows][::-1]

    def people(self, channel_id: UUID) -> list[Person]:
        with self._database.read():
            seats = self._database.run(_PEOPLE, channel=channel_id)
            names = self._names(channel_id) if any(name is None for _, name in seats) else {}
        return [Person(who, name or names.get(who) or "User", name is not None) for who, name in seats]

    def nearest(
        self, agent_id: UUID, vector: Sequence[float], *, model: str, channel_id: UUID, limit: int
    ) -> list[Remembered]:
        """The nearest of the newest 5,000 memories that the agent has of this channel and ``model`` embedded."""
        with self._database.read():
            rows = self._database.run(_NEIGHBOURS, agent=agent_id, model=model, channel=channel_id)
            if not rows:
                return []
            vectors = b"".join(bytes(packed) for _, packed in rows)
            nearness = numpy.frombuffer(vectors, dtype="<f4").reshape(len(rows), -1) @ numpy.asarray(
                vector, dtype="<f4"
            )
            best = [(rows[index][0], float(nearness[index])) for index in numpy.argsort(-nearness)[:limit]]
            return [found for memory_id, near in best for found in self._remembered(memory_id, near)]

    def _remembered(self, memory_id: UUID, similarity: float) -> list[Remembered]:
        return [
            Remembered(memory_id, kind, str(content.get("text", "")), similarity, channel_id, author_id)
            for kind, content, author_id, channel_id in self._database.run(_REMEMBERED, id=memory_id)
        ]

    def _names(self, channel_id: UUID) -> dict[UUID, str]:
        return dict(reversed(self._database.run(_NAMES, channel=channel_id)))


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


_message, _seat, _agent = tables.Message, tables.ChannelParticipant, tables.Agent
_memory, _embedding, _room = tables.Memory, tables.Embedding, tables.Room
_HERE = _message.channel == param("channel", _message.channel)
# A memory whose room is gone was said somewhere, and nobody knows where.
_IN_REACH = (
    _memory.room_id.is_null()
    | (_room.channel_id == param("channel", _room.channel_id))
    | (_room.id.is_null(False) & _room.channel_id.is_null())
)
_SAID = Statement(
    lambda: (
        _message.select(
            _message.id,
            _message.seq,
            _message.author_id,
            _message.author_name,
            _message.is_agent,
            _message.content,
            _message.in_reply_to_root_message_id,
            _message.metadata,
            _message.created_at,
            _message.source_type,
        )
        .where(_HERE & (_message.seq <= param("until_seq")))
        .order_by(_message.seq.desc())
        .limit(param("limit"))
    )
)
_PEOPLE = Statement(
    lambda: (
        _seat.select(_seat.entity_id, _agent.name)
        .join(_agent, JOIN.LEFT_OUTER, on=(_agent.id == _seat.entity_id))
        .where(_seat.channel == param("channel", _seat.channel))
        .order_by(_seat.entity_id)
    )
)
_NAMES = Statement(
    lambda: (
        _message.select(_message.author_id, _message.author_name)
        .where(_HERE & _message.author_name.is_null(False))
        .order_by(_message.seq.desc())
        .limit(100)
    )
)
_NEIGHBOURS = Statement(
    lambda: (
        _embedding.select(_embedding.memory, _embedding.vector)
        .join(_memory)
        .join(_room, JOIN.LEFT_OUTER, on=(_room.id == _memory.room_id))
        .where((_memory.agent == param("agent", _memory.agent)) & (_embedding.model == param("model")) & _IN_REACH)
        .order_by(_memory.created_at.desc())
        .limit(_LOOKED_AT)
    )
)
_REMEMBERED = Statement(
    lambda: (
        _memory.select(_memory.type, _memory.content, _memory.entity_id, _room.channel_id)
        .join(_room, JOIN.LEFT_OUTER, on=(_room.id == _memory.room_id))
        .where(_memory.id == param("id", _memory.id))
    )
)
