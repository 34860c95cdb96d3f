"""Search: messages found again by what they say, where, by whom and when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import fn

from eliza.db import Database, tables
from eliza.db.paging import Page, page_of
from eliza.db.participation import in_channels_of
from eliza.events import Message

_row, _channel = tables.Message, tables.Channel
_NEWEST = (_row.created_at, _row.id)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is looked for; what is left open is no condition.

    ``text`` stands anywhere in a message, in capitals or not. Which letters of other scripts belong together, Postgres
    knows from its locale.
    """

    text: str = ""
    channel_id: UUID | None = None
    server_id: UUID | None = None
    author_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


class Search:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self,
        criteria: Criteria,
        *,
        limit: int,
        cursor: str | None = None,
        skip: int = 0,
        whose: UUID | None = None,
    ) -> Page[Message]:
        """Newest first; only where ``whose`` takes part, if it is given. Raises ``InvalidCursor``."""
        query = _row.select(_row, _channel.id, _channel.message_server).join(_channel)
        for condition in self._conditions(criteria):
            query = query.where(condition)
        if whose is not None:
            query = in_channels_of(whose, query)
        with self._database.read():
            found = page_of(query, by=_NEWEST, newest_first=True, limit=limit, cursor=cursor, skip=skip)
        return found.map(_message)

    def _conditions(self, wanted: Criteria) -> list[Any]:
        possible: dict[str, Callable[[Any], Any]] = {
            "text": self._says,
            "channel_id": lambda channel_id: _row.channel == channel_id,
            "server_id": lambda server_id: _channel.message_server == server_id,
            "author_id": lambda author_id: _row.author_id == author_id,
            "since": lambda since: _row.created_at >= since,
            "until": lambda until: _row.created_at <= until,
        }
        given = {name: getattr(wanted, name) for name in possible}
        return [possible[name](value) for name, value in given.items() if value not in (None, "")]

    def _says(self, text: str) -> Any:
        if self._database.dialect == "sqlite" and not text.isascii():
            # SQLite's own comparison does not know that other letters come in two sizes as well.
            return fn.casefold(_row.content).contains(text.casefold())
        return _row.content.contains(text)


def _message(row: Any) -> Message:
    return Message(
        id=row.id,
        channel_id=row.channel_id,
        message_server_id=row.channel.message_server_id,
        seq=row.seq,
        author_id=row.author_id,
        author_name=row.author_name,
        is_agent=row.is_agent,
        text=row.content,
        created_at=row.created_at,
        updated_at=row.updated_at,
        source_type=row.source_type,
        source_id=row.source_id,
        in_reply_to=row.in_reply_to_root_message_id,
        raw=row.raw_message,
        metadata=row.metadata or {},
        hop=row.hop,
        client_id=row.submission_key,
    )
