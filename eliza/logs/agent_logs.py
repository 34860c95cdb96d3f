"""AgentLogs: what each agent did, step by step, for its people to look at."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from eliza.db import Database, Statement, param, tables
from eliza.logs.entries import Entry, Run, entries
from eliza.runtime.records import Record

_log = tables.Log
_SAME = ("agent", "entity_id", "room_id", "turn")
_OWN = ("id", "type", "body", "created_at")
_MOST_AT_ONCE = 50


class AgentLogs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, run: Run, records: Sequence[Record]) -> None:
        """Inside a unit of work: note what was done in a turn and how it ended."""
        made = list(entries(run, records))
        for start in range(0, len(made), _MOST_AT_ONCE):
            self._insert(run, made[start : start + _MOST_AT_ONCE])

    def _insert(self, run: Run, rows: Sequence[Entry]) -> None:
        same = {"agent": run.agent_id, "entity_id": run.author_id, "room_id": run.room_id, "turn": run.turn_id}
        own = {f"{name}_{number}": value for number, row in enumerate(rows) for name, value in _values(row)}
        self._database.run(_inserting(len(rows)), **same, **own)


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
