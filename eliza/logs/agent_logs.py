"""AgentLogs: what each agent did, step by step, for its people to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from peewee import fn

from eliza.db import Database, Statement, param, tables
from eliza.db.known import require_agent
from eliza.db.paging import Page, page_of
from eliza.db.participation import exists, rooms_of
from eliza.db.rows import column
from eliza.errors import NotFound
from eliza.ids import unique_to
from eliza.logs.entries import EndedTurn, Entry, entries
from eliza.runtime.records import Record

KEPT = 5_000
"""How many entries an agent's log keeps."""

_log = tables.Log
_BY_AGE = (_log.created_at, _log.id)
_SAME = ("agent", "entity_id", "room_id", "turn")
_OWN = ("id", "type", "body", "created_at")
_MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class AgentLog:
    """One entry as it is kept; ``type`` and what ``body`` holds have elizaOS's names."""

    id: UUID
    type: str
    body: Mapping[str, Any]
    entity_id: UUID | None
    room_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries to look at; what is None does not matter.

    ``room_id`` may be the channel's id as well. ``without`` are types, or parts of a model type, to leave out.
    ``search`` is found anywhere in the body, in either case.
    """

    type: str | None = None
    room_id: UUID | None = None
    without: Sequence[str] = ()
    level: str | None = None
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class LogNotFound(NotFound):
    def __init__(self, log_id: UUID) -> None:
        super().__init__(f"Log {log_id} not found")


class AgentLogs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, turn: EndedTurn, records: Sequence[Record]) -> None:
        """Inside a unit of work: note what was done in a turn and how it ended."""
        made = list(entries(turn, records))
        for start in range(0, len(made), _MOST_AT_ONCE):
            self._insert(turn, made[start : start + _MOST_AT_ONCE])

    def page(
        self, agent_id: UUID, sought: Sought, *, limit: int, cursor: str | None = None, skip: int = 0
    ) -> Page[AgentLog]:
        """The agent's own entries, newest first. Raises ``UnknownAgent``."""
        query = _log.select().where(*_conditions(agent_id, sought))
        with self._database.read():
            require_agent(agent_id)
            page = page_of(query, by=_BY_AGE, newest_first=True, limit=limit, cursor=cursor, skip=skip)
            return page.map(_agent_log)

    def is_within(self, log_id: UUID, person: UUID) -> bool:
        """True for an entry about a channel in which ``person`` takes part."""
        with self._database.read():
            return exists(_log, (_log.id == log_id) & _log.room_id.in_(rooms_of(person)))

    def of_turn(self, turn_id: UUID) -> dict[UUID, AgentLog]:
        """What is still there of the entries about a turn, by their ids."""
        with self._database.read():
            return {row.id: _agent_log(row) for row in _log.select().where(_log.turn == turn_id)}

    def delete(self, agent_id: UUID, log_id: UUID) -> None:
        """Raises ``UnknownAgent`` or ``LogNotFound``."""

        def work() -> None:
            require_agent(agent_id)
            if not _log.delete().where((_log.agent == agent_id) & (_log.id == log_id)).execute():
                raise LogNotFound(log_id)

        self._database.write(work)

    def prune(self, most: int = KEPT) -> None:
        """Let every agent keep its newest ``most`` entries."""
        with self._database.read():
            agent_ids = column(tables.Agent.select(tables.Agent.id))
            oldest = {agent_id: self._oldest_kept(agent_id, most) for agent_id in agent_ids}
        for agent_id, moment in oldest.items():
            if moment is not None:
                self._drop_before(agent_id, moment)

    def _oldest_kept(self, agent_id: UUID, most: int) -> datetime | None:
        newest = _log.select(_log.created_at).where(_log.agent == agent_id).order_by(_log.created_at.desc())
        return next(iter(column(newest.limit(1).offset(most - 1))), None)

    def _drop_before(self, agent_id: UUID, moment: datetime) -> None:
        older = (_log.agent == agent_id) & (_log.created_at < moment)
        self._database.write(lambda: _log.delete().where(older).execute())

    def _insert(self, turn: EndedTurn, rows: Sequence[Entry]) -> None:
        same = {"agent": turn.agent_id, "entity_id": turn.author_id, "room_id": turn.room_id, "turn": turn.turn_id}
        own = {f"{name}_{number}": value for number, row in enumerate(rows) for name, value in _values(row)}
        self._database.run(_inserting(len(rows)), **same, **own)


def _conditions(agent_id: UUID, sought: Sought) -> list[Any]:
    conditions = [_log.agent == agent_id, *map(_is_not, sought.without)]
    if sought.type is not None:
        conditions.append(_log.type == sought.type)
    if sought.room_id is not None:
        conditions.append(_log.room_id.in_([sought.room_id, unique_to(agent_id, sought.room_id)]))
    if sought.level is not None:
        conditions.append(_log.body["level"] == sought.level)
    if sought.search is not None:
        conditions.append(_log.body.cast("TEXT").contains(_as_written(sought.search)))
    if sought.since is not None:
        conditions.append(_log.created_at >= sought.since)
    if sought.until is not None:
        conditions.append(_log.created_at <= sought.until)
    return conditions


def _is_not(type_: str) -> Any:
    model_type = fn.COALESCE(_log.body["modelType"].as_text(), "")
    return (_log.type != type_) & ~model_type.contains(type_)


def _as_written(text: str) -> str:
    """A text as it stands inside of JSON."""
    return orjson.dumps(text).decode()[1:-1]


def _agent_log(row: tables.Log) -> AgentLog:
    return AgentLog(row.id, row.type, row.body, row.entity_id, row.room_id, row.created_at)


def _values(entry: Entry) -> Sequence[tuple[str, Any]]:
    return ("id", entry.id), ("type", entry.type), ("body", entry.body), ("created_at", entry.at)


@cache
def _inserting(rows: int) -> Statement:
    """That many rows in one statement; what all of them share is given once."""
    return Statement(lambda: _log.insert_many([_row(number) for number in range(rows)]).returning())


def _row(number: int) -> dict[Any, Any]:
    same = {getattr(_log, name): param(name, getattr(_log, name)) for name in _SAME}
    own = {getattr(_log, name): param(f"{name}_{number}", getattr(_log, name)) for name in _OWN}
    return {**same, **own}
