"""Mirrors: the channels of another platform, kept here under the ids they have there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from eliza.db import Database, tables
from eliza.db.known import UnknownServer
from eliza.messaging.channels import Channel, Channels


@dataclass(frozen=True, slots=True)
class Mirror:
    """A channel as the other platform tells it. Without a ``source_id`` it is known by its name."""

    name: str
    type: str = "GROUP"
    source_id: str | None = None
    topic: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Mirrors:
    def __init__(self, database: Database, channels: Channels) -> None:
        self._database = database
        self._channels = channels

    def sync(self, server_id: UUID, wanted: Sequence[Mirror]) -> list[Channel]:
        """Every one of ``wanted`` is a channel of that server, under its present name, however often it is told.

        What is not among them stays as it is. Raises ``UnknownServer``.
        """

        def work() -> list[Channel]:
            # No unique key says that a mirror exists once, so those who make them take turns.
            self._database.lock(tables.MessageServer, server_id)
            source = self._source_of(server_id)
            return [self._ensure(server_id, source, mirror) for mirror in wanted]

        return self._database.write(work)

    def _source_of(self, server_id: UUID) -> str:
        row = tables.MessageServer.get_or_none(tables.MessageServer.id == server_id)
        if row is None:
            raise UnknownServer(server_id)
        return str(row.source_type)

    def _ensure(self, server_id: UUID, source: str, mirror: Mirror) -> Channel:
        known = _known(server_id, mirror)
        if known is not None:
            return self._channels.update(known, name=mirror.name, metadata=mirror.metadata or None)
        return self._channels.create(
            mirror.name,
            type=mirror.type,
            participants=(),
            server_id=server_id,
            source_type=source,
            source_id=mirror.source_id,
            topic=mirror.topic,
            metadata=mirror.metadata,
        )


def _known(server_id: UUID, mirror: Mirror) -> UUID | None:
    channel = tables.Channel
    by_source = channel.source_id == mirror.source_id
    by_name = channel.source_id.is_null() & (channel.name == mirror.name)
    here = (channel.message_server == server_id) & (by_source if mirror.source_id is not None else by_name)
    row = channel.select(channel.id).where(here).order_by(channel.created_at).first()
    return None if row is None else row.id
