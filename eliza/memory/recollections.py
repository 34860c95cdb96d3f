"""Recollections: what an agent remembers, for its people to look through, to correct and to take away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import Expression, fn

from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.known import require_agent
from eliza.db.paging import Page, page_of
from eliza.db.participation import exists, rooms_of
from eliza.db.rows import tuples
from eliza.errors import NotFound
from eliza.memory.vectors import of_unit_length, pack, unpack

_BY_HAND = "by hand"
_BY_AGE = (tables.Memory.created_at, tables.Memory.id)


@dataclass(frozen=True, slots=True)
class Recollection:
    """A memory as it is kept. ``table`` is elizaOS's name for its kind: messages, facts, documents …"""

    id: UUID
    table: str
    content: Mapping[str, Any]
    agent_id: UUID
    entity_id: UUID | None
    room_id: UUID | None
    unique: bool
    metadata: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sought:
    """Which memories to look at; what is None does not matter. ``search`` is found in the text, in either case.

    With a ``person`` they are those from the channels in which this person takes part, and none that belong nowhere.
    """

    table: str = "messages"
    room_id: UUID | None = None
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: datetime | None = None
    person: UUID | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What shall be otherwise; what is None stays."""

    content: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None
    embedding: Sequence[float] | None = None


class MemoryNotFound(NotFound):
    def __init__(self, memory_id: UUID) -> None:
        super().__init__(f"Memory {memory_id} not found")


class Recollections:
    """Works on the memories of any agent that exists, whether it runs or not; others raise ``UnknownAgent``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def page(
        self, agent_id: UUID, sought: Sought, *, limit: int, cursor: str | None = None, skip: int = 0
    ) -> Page[Recollection]:
        """Newest first, without their embeddings."""
        query = tables.Memory.select().where(*_conditions(agent_id, sought))
        with self._database.read():
            require_agent(agent_id)
            page = page_of(query, by=_BY_AGE, newest_first=True, limit=limit, cursor=cursor, skip=skip)
            return page.map(_recollection)

    def is_within(self, memory_id: UUID, person: UUID) -> bool:
        """True for what came from a channel in which ``person`` takes part."""
        memory = tables.Memory
        with self._database.read():
            return exists(memory, (memory.id == memory_id) & memory.room_id.in_(rooms_of(person)))

    def embeddings(self, memory_ids: Iterable[UUID]) -> dict[UUID, list[float]]:
        """The vectors of those that have one; of several the newest."""
        embedding = tables.Embedding
        query = embedding.select(embedding.memory, embedding.vector).where(embedding.memory.in_(list(memory_ids)))
        with self._database.read():
            rows = tuples(query.order_by(embedding.created_at))
        return {memory_id: unpack(bytes(vector)) for memory_id, vector in rows}

    def correct(self, agent_id: UUID, memory_id: UUID, correction: Correction) -> Recollection:
        """Content and metadata that are given stand in place of the old. Raises ``MemoryNotFound``.

        A text that changes loses its embeddings, for they mean what it said before: the agent no longer finds it by
        its meaning. A vector that is given is kept and shown, but compared with none, for nobody knows which model
        it comes from.
        """
        now = self._clock.now()

        def work() -> Recollection:
            require_agent(agent_id)
            self._database.lock(tables.Memory, memory_id)  # Nobody changes it between our reading and our writing.
            row = tables.Memory.get_or_none(_own(agent_id, memory_id))
            if row is None:
                raise MemoryNotFound(memory_id)
            if correction.content is not None:
                _rewrite(row, correction.content)
            if correction.metadata is not None:
                row.metadata = dict(correction.metadata)
            row.save()
            if correction.embedding is not None:
                _embed(row, correction.embedding, now)
            return _recollection(row)

        return self._database.write(work)

    def forget(self, agent_id: UUID, memory_id: UUID) -> None:
        """Raises ``MemoryNotFound``."""
        if not self._delete(agent_id, tables.Memory.id == memory_id):
            raise MemoryNotFound(memory_id)

    def forget_room(self, agent_id: UUID, room_id: UUID) -> int:
        """Of every kind; the room stays. Returns how many there were."""
        return self._delete(agent_id, tables.Memory.room_id == room_id)

    def forget_all(self, agent_id: UUID) -> int:
        """Of every kind and in every room; the rooms stay. Returns how many there were."""
        return self._delete(agent_id, None)

    def _delete(self, agent_id: UUID, which: Expression | None) -> int:
        mine = tables.Memory.agent == agent_id

        def work() -> int:
            require_agent(agent_id)
            deleted: int = tables.Memory.delete().where(mine if which is None else mine & which).execute()
            return deleted

        return self._database.write(work)


def _conditions(agent_id: UUID, sought: Sought) -> Iterable[Expression]:
    memory = tables.Memory
    yield memory.agent == agent_id
    yield memory.type == sought.table
    if sought.room_id is not None:
        yield memory.room_id == sought.room_id
    if sought.search is not None:
        yield fn.COALESCE(memory.content["text"].as_text(), "").contains(sought.search)
    if sought.since is not None:
        yield memory.created_at >= sought.since
    if sought.until is not None:
        yield memory.created_at <= sought.until
    if sought.before is not None:
        yield memory.created_at < sought.before
    if sought.person is not None:
        yield memory.room_id.in_(rooms_of(sought.person))


def _own(agent_id: UUID, memory_id: UUID) -> Expression:
    return (tables.Memory.id == memory_id) & (tables.Memory.agent == agent_id)


def _rewrite(row: tables.Memory, content: Mapping[str, Any]) -> None:
    if content.get("text") != row.content.get("text"):
        tables.Embedding.delete().where(tables.Embedding.memory == row.id).execute()
    row.content = dict(content)


def _embed(row: tables.Memory, vector: Sequence[float], now: datetime) -> None:
    tables.Embedding.delete().where(tables.Embedding.memory == row.id).execute()
    tables.Embedding.create(
        memory=row.id,
        model=_BY_HAND,
        dimension=len(vector),
        vector=pack(of_unit_length(vector)),
        created_at=now,
    )


def _recollection(row: tables.Memory) -> Recollection:
    return Recollection(
        id=row.id,
        table=row.type,
        content=row.content,
        agent_id=row.agent_id,
        entity_id=row.entity_id,
        room_id=row.room_id,
        unique=row.unique,
        metadata=row.metadata,
        created_at=row.created_at,
    )
