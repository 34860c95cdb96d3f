"""Message servers: the houses channels stand in, and the agents that serve there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.forgetting import forget_rooms
from eliza.db.known import UnknownServer, require_agent, require_server
from eliza.db.paging import Page, page_of
from eliza.db.rows import column
from eliza.errors import Conflict
from eliza.events import Bus, ChannelDeleted
from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id


@dataclass(frozen=True, slots=True)
class MessageServer:
    id: UUID
    name: str
    source_type: str
    source_id: str | None
    metadata: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


class DefaultServerStays(Conflict):
    code = "DEFAULT_SERVER_STAYS"

    def __init__(self) -> None:
        super().__init__("The default message server cannot be deleted; delete its channels instead")


_BY_AGE = (tables.MessageServer.created_at, tables.MessageServer.id)


class MessageServers:
    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    def ensure_default(self) -> None:
        """The server under the zero id exists; calling it again changes nothing."""
        now = self._clock.now()
        self._database.write(
            lambda: (
                tables.MessageServer.insert(
                    id=DEFAULT_MESSAGE_SERVER,
                    name="Default Server",
                    source_type="eliza_default",
                    metadata={},
                    created_at=now,
                    updated_at=now,
                )
                .on_conflict_ignore()
                .execute()
            )
        )

    def create(
        self, name: str, source_type: str, *, source_id: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> MessageServer:
        now = self._clock.now()
        return self._database.write(
            lambda: _server(
                tables.MessageServer.create(
                    id=new_id(),
                    name=name,
                    source_type=source_type,
                    source_id=source_id,
                    metadata=dict(metadata or {}),
                    created_at=now,
                    updated_at=now,
                )
            )
        )

    def page(self, *, limit: int, cursor: str | None = None) -> Page[MessageServer]:
        """Oldest first."""
        with self._database.read():
            return page_of(tables.MessageServer.select(), by=_BY_AGE, limit=limit, cursor=cursor).map(_server)

    def get(self, server_id: UUID) -> MessageServer:
        """Raises ``UnknownServer``."""
        with self._database.read():
            row = tables.MessageServer.get_or_none(tables.MessageServer.id == server_id)
        if row is None:
            raise UnknownServer(server_id)
        return _server(row)

    def update(
        self, server_id: UUID, *, name: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> MessageServer:
        """Change what is given. Raises ``UnknownServer``."""
        row, now = tables.MessageServer, self._clock.now()
        values = {row.name: name, row.metadata: metadata if metadata is None else dict(metadata)}
        given = {field: value for field, value in values.items() if value is not None}
        this = row.id == server_id
        self._database.write(lambda: row.update({**given, row.updated_at: now}).where(this).execute())
        return self.get(server_id)

    def delete(self, server_id: UUID) -> None:
        """Delete the server with its channels and what lies in them, and what agents know of it.

        Raises ``UnknownServer`` or ``DefaultServerStays``.
        """
        if server_id == DEFAULT_MESSAGE_SERVER:
            raise DefaultServerStays
        self._database.write(lambda: self._delete(server_id))

    def agents(self, server_id: UUID) -> list[UUID]:
        self.get(server_id)
        with self._database.read():
            seats = tables.MessageServerAgent
            query = seats.select(seats.agent).where(seats.message_server == server_id)
            return column(query)

    def of_agent(self, agent_id: UUID) -> list[UUID]:
        """Raises ``UnknownAgent``."""
        with self._database.read():
            require_agent(agent_id)
            seats = tables.MessageServerAgent
            query = seats.select(seats.message_server).where(seats.agent == agent_id)
            return column(query)

    def add_agent(self, server_id: UUID, agent_id: UUID) -> None:
        """Let an agent serve there, however often it is said. Raises ``UnknownServer`` or ``UnknownAgent``."""

        def work() -> None:
            require_server(server_id)
            require_agent(agent_id)
            tables.MessageServerAgent.insert(message_server=server_id, agent=agent_id).on_conflict_ignore().execute()

        self._database.write(work)

    def remove_agent(self, server_id: UUID, agent_id: UUID) -> None:
        self.get(server_id)
        seats = tables.MessageServerAgent
        seat = (seats.message_server == server_id) & (seats.agent == agent_id)
        self._database.write(lambda: seats.delete().where(seat).execute())

    def _delete(self, server_id: UUID) -> None:
        self._database.lock(tables.MessageServer, server_id)  # Nobody makes a channel there from here on.
        channels = column(tables.Channel.select(tables.Channel.id).where(tables.Channel.message_server == server_id))
        if not tables.MessageServer.delete().where(tables.MessageServer.id == server_id).execute():
            raise UnknownServer(server_id)
        # Only now no turn can end there any more, and remember something in a room that was not there before.
        forget_rooms(tables.Room.message_server_id == server_id)
        tables.World.delete().where(tables.World.message_server_id == server_id).execute()
        for channel_id in channels:
            self._database.after_commit(partial(self._bus.publish, ChannelDeleted(channel_id)))


def _server(row: tables.MessageServer) -> MessageServer:
    return MessageServer(
        id=row.id,
        name=row.name,
        source_type=row.source_type,
        source_id=row.source_id,
        metadata=row.metadata or {},
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
