"""Inspection: a look into the database itself, for what no client is told."""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg

from tests.crash.invariants import Violation

Query = Callable[[str], list[tuple[Any, ...]]]

_QUERIES = {
    "no turn stays pending or running": """
        SELECT id, channel_id, status, attempt, reason FROM turns WHERE status NOT IN ('replied', 'ignored', 'failed')
    """,
    "no turn fails where nothing failed": """
        SELECT id, channel_id, status, attempt, reason FROM turns WHERE status = 'failed'
    """,
    "there is one turn for a message and an agent": """
        SELECT message_id, agent_id, COUNT(*) FROM turns GROUP BY message_id, agent_id HAVING COUNT(*) > 1
    """,
    "a turn that replied left a message": """
        SELECT turns.id, turns.channel_id FROM turns LEFT JOIN central_messages AS reply ON reply.turn_id = turns.id
        WHERE turns.status = 'replied' AND reply.id IS NULL
    """,
    "a turn's message stands only where the turn replied": """
        SELECT reply.id, reply.channel_id, reply.seq, turns.status FROM central_messages AS reply
        LEFT JOIN turns ON turns.id = reply.turn_id
        WHERE reply.turn_id IS NOT NULL AND (turns.id IS NULL OR turns.status <> 'replied')
    """,
    "an agent's replies in a channel come in the order of what they reply to": """
        SELECT later.channel_id, later.seq, later_turn.seq, earlier.seq, earlier_turn.seq
        FROM central_messages AS later JOIN turns AS later_turn ON later_turn.id = later.turn_id
        JOIN turns AS earlier_turn
          ON earlier_turn.channel_id = later_turn.channel_id AND earlier_turn.agent_id = later_turn.agent_id
        JOIN central_messages AS earlier ON earlier.turn_id = earlier_turn.id
        WHERE earlier.seq < later.seq AND earlier_turn.seq > later_turn.seq
    """,
}

_UNTOLD = {
    "what is stored is announced": """
        SELECT id, channel_id, seq FROM central_messages WHERE NOT announced
    """,
}


def broken_promises(environment: Mapping[str, str]) -> list[Violation]:
    """Everything the rows themselves show to be wrong, in the database that ``environment`` gives the server."""
    return _ask(environment, _QUERIES)


def untold(environment: Mapping[str, str]) -> list[Violation]:
    """The messages that nobody has been told of yet, which is right for some seconds only."""
    return _ask(environment, _UNTOLD)


def _ask(environment: Mapping[str, str], queries: Mapping[str, str]) -> list[Violation]:
    url = environment.get("POSTGRES_URL")
    if url is None:
        return _ask_file(Path(environment["ELIZA_DATA_DIR"]), queries)
    with psycopg.connect(url) as connection:
        return _broken(queries, lambda sql: connection.execute(sql.encode()).fetchall())


def _ask_file(folder: Path, queries: Mapping[str, str]) -> list[Violation]:
    connection = sqlite3.connect(_database_file(folder))
    try:
        connection.execute("PRAGMA query_only = on")
        found = _broken(queries, lambda sql: connection.execute(sql).fetchall())
        damage = connection.execute("PRAGMA integrity_check").fetchall()
    finally:
        connection.close()
    return found if damage == [("ok",)] else [*found, Violation("the file is sound", "-", tuple(damage))]


def _broken(queries: Mapping[str, str], query: Query) -> list[Violation]:
    answers = {promise: query(sql) for promise, sql in queries.items()}
    return [Violation(promise, "in the database", tuple(rows[:5])) for promise, rows in answers.items() if rows]


def _database_file(folder: Path) -> Path:
    """The SQLite file below ``folder``, known by its first bytes."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                if file.read(15) == b"SQLite format 3":
                    return path
    raise FileNotFoundError(f"no SQLite file lies below {folder}")
