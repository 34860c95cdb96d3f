"""Channels: where people and agents meet, and who takes part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import Case, IntegrityError

from eliza.clock import Clock, milliseconds
from eliza.db import Database, tables
from eliza.db.forgetting import forget_rooms
from eliza.db.known import require_server
from eliza.db.paging import Page, page_of
from eliza.db.participation import channels_of, takes_part
from eliza.db.rows import column
from eliza.errors import InvalidInput, NotFound
from eliza.events import Bus, ChannelDeleted, PeopleLeft
from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id
from eliza.messaging import seats, statements


@dataclass(frozen=True, slots=True)
class Channel:
    id: UUID
    message_server_id: UUID
    name: str
    type: str
    source_type: str | None
    source_id: str | None
    topic: str | None
    metadata: Mapping[str, Any]
    last_seq: int
    created_at: datetime
    updated_at: datetime


class ChannelNotFound(NotFound):
    def __init__(self, channel_id: UUID | str) -> None:
        super().__init__(f"Channel {channel_id} not found")


class NotAParticipant(NotFound):
    def __init__(self, channel_id: UUID, entity_id: UUID) -> None:
        super().__init__(f"{entity_id} does not take part in channel {channel_id}")


class WithThemselves(InvalidInput):
    """A direct channel is for two."""

    def __init__(self, field: str, *, other: str) -> None:
        super().__init__(f"{field}: must be somebody else than {other}", details={"field": field})


_BY_AGE = (tables.Channel.created_at, tables.Channel.id)


class Channels:
    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    def get(self, channel_id: UUID) -> Channel:
        """Raises ``ChannelNotFound``."""
        channel = self.find(channel_id)
        if channel is None:
            raise ChannelNotFound(channel_id)
        return channel

    def find(self, channel_id: UUID) -> Channel | None:
        with self._database.read():
            row = tables.Channel.get_or_none(tables.Channel.id == channel_id)
            return None if row is None else _channel(row)

    def page(
        self, server_id: UUID, *, limit: int, cursor: str | None = None, whose: UUID | None = None
    ) -> Page[Channel]:
        """The channels of a message server, oldest first; with ``whose`` only those in which that entity takes part.

        Raises ``UnknownServer``.
        """
        query = tables.Channel.select().where(tables.Channel.message_server == server_id)
        if whose is not None:
            query = query.where(tables.Channel.id.in_(channels_of(whose)))
        with self._database.read():
            require_server(server_id)
            return page_of(query, by=_BY_AGE, limit=limit, cursor=cursor).map(_channel)

    def create(
        self,
        name: str,
        *,
        type: str,  # noqa: A002 - the field's name in the domain
        participants: Iterable[UUID],
        server_id: UUID = DEFAULT_MESSAGE_SERVER,
        channel_id: UUID | None = None,
        source_type: str | None = None,
        source_id: str | None = None,
        topic: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        pair: str | None = None,
        creator_id: UUID | None = None,
    ) -> Channel:
        """Create a channel with these participants; ``creator_id`` may change it later. Raises ``UnknownServer``."""
        now = self._clock.now()
        people = tuple(participants)

        def work() -> Channel:
            require_server(server_id)
            row = tables.Channel.create(
                id=channel_id or new_id(),
                message_server=server_id,
                name=name,
                type=type,
                source_type=source_type,
                source_id=source_id,
                topic=topic,
                metadata=dict(metadata or {}),
                pair=pair,
                creator_id=creator_id,
                created_at=now,
                updated_at=now,
            )
            seats.take(row.id, people)
            return _channel(row)

        return self._database.write(work)

    def ensure(self, channel_id: UUID, **as_new: Any) -> Channel:
        """The channel of that id; made with ``as_new`` (the arguments of ``create``) if there is none."""
        channel = self.find(channel_id)
        if channel is not None:
            return channel
        try:
            return self.create(channel_id=channel_id, **as_new)
        except IntegrityError:  # Somebody made it in the same moment.
            return self.get(channel_id)

    def return_to(self, one: UUID, other: UUID, server_id: UUID, *, who: UUID | None) -> Channel:
        """Like ``direct``, and ``who`` rejoins the channel if they had left it."""
        channel = self.direct(one, other, server_id)
        if who in {one, other}:
            self.join(channel.id, who)
        return channel

    def direct(self, one: UUID, other: UUID, server_id: UUID = DEFAULT_MESSAGE_SERVER) -> Channel:
        """The direct channel of two, which exists once, however many ask for it at the same time.

        On an unknown server it is the one of the default server. Raises ``WithThemselves``.
        """
        if one == other:
            raise WithThemselves("targetUserId", other="currentUserId")
        server_id = self.known_server(server_id)
        low, high = sorted((str(one), str(other)))
        pair = f"{server_id}:{low}:{high}"
        channel = self._of_pair(pair)
        if channel is not None:
            return channel
        try:
            return self.create(
                f"DM-{low}-{high}",
                type="DM",
                participants=(one, other),
                server_id=server_id,
                metadata={"user1": low, "user2": high, "isDm": True},
                pair=pair,
            )
        except IntegrityError:
            found = self._of_pair(pair)
            if found is None:
                raise
            return found

    def known_server(self, server_id: UUID) -> UUID:
        """That message server if there is one, else the default."""
        with self._database.read():
            known = tables.MessageServer.select().where(tables.MessageServer.id == server_id).exists()
        return server_id if known else DEFAULT_MESSAGE_SERVER

    def update(
        self,
        channel_id: UUID,
        *,
        name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        participants: Iterable[UUID] | None = None,
    ) -> Channel:
        """Change what is given; ``participants`` are then exactly those. Raises ``ChannelNotFound``."""
        now = self._clock.now()
        people = None if participants is None else tuple(participants)
        values = {tables.Channel.name: name, tables.Channel.metadata: metadata if metadata is None else dict(metadata)}
        given = {field: value for field, value in values.items() if value is not None}

        def work() -> Channel:
            this = tables.Channel.id == channel_id
            if not tables.Channel.update({**given, tables.Channel.updated_at: _not_before(now)}).where(this).execute():
                raise ChannelNotFound(channel_id)
            if people is not None:
                self._announce_departure(channel_id, seats.keep(channel_id, people))
            return _channel(tables.Channel.get(this))

        return self._database.write(work, order=channel_id)

    def delete(self, channel_id: UUID) -> bool:
        """Delete the channel with its messages and turns, and the rooms as which agents know it, with their memories.

        False when there is none.
        """

        def work() -> bool:
            if not tables.Channel.delete().where(tables.Channel.id == channel_id).execute():
                return False
            # Only now no turn can end there any more, and remember something in a room that was not there before.
            forget_rooms(tables.Room.channel_id == channel_id)
            self._database.after_commit(lambda: self._bus.publish(ChannelDeleted(channel_id)))
            return True

        return self._database.write(work, order=channel_id)

    def participants(self, channel_id: UUID) -> list[UUID]:
        """Everybody who takes part; nobody where there is no channel."""
        with self._database.read():
            return [entity_id for (entity_id,) in self._database.run(statements.SEATED, channel=channel_id)]

    def has(self, channel_id: UUID, entity_id: UUID) -> bool:
        """True if the entity takes part in the channel."""
        with self._database.read():
            return takes_part(entity_id, channel_id)

    def of(self, entity_id: UUID) -> frozenset[UUID]:
        """All channels in which the entity takes part."""
        with self._database.read():
            return frozenset(column(channels_of(entity_id)))

    def recent(self, entity_id: UUID, *, limit: int) -> list[UUID]:
        """The channels somebody takes part in, those with the newest message first."""
        seat, channel = tables.ChannelParticipant, tables.Channel
        query = seat.select(seat.channel).join(channel).where(seat.entity_id == entity_id)
        with self._database.read():
            return column(query.order_by(channel.updated_at.desc()).limit(limit))

    def people(self, channel_id: UUID, *, limit: int, cursor: str | None = None) -> Page[UUID]:
        """Who takes part, page by page. Raises ``ChannelNotFound``."""
        with self._database.read():
            _require_channel(channel_id)
            return seats.page(channel_id, limit=limit, cursor=cursor).map(lambda seat: seat.entity_id)

    def join(self, channel_id: UUID, *people: UUID) -> None:
        """Let these take part; who already does stays. Raises ``ChannelNotFound``."""

        def work() -> None:
            _require_channel(channel_id)
            seats.take(channel_id, people)

        self._database.write(work)

    def leave(self, channel_id: UUID, entity_id: UUID) -> None:
        """Raises ``ChannelNotFound`` or ``NotAParticipant``."""

        def work() -> None:
            _require_channel(channel_id)
            if not seats.vacate(channel_id, entity_id):
                raise NotAParticipant(channel_id, entity_id)
            self._announce_departure(channel_id, [entity_id])

        self._database.write(work)

    def _announce_departure(self, channel_id: UUID, people: list[UUID]) -> None:
        if people:
            self._database.after_commit(lambda: self._bus.publish(PeopleLeft(channel_id, tuple(people))))

    def _of_pair(self, pair: str) -> Channel | None:
        with self._database.read():
            row = tables.Channel.get_or_none(tables.Channel.pair == pair)
            return None if row is None else _channel(row)


def _not_before(now: datetime) -> Case:
    """The moment of a change. A busy channel is ahead of the clock, and its next message must not fall behind."""
    moment = tables.Channel.updated_at
    return Case(None, [(moment > now, moment)], milliseconds(now))


def _require_channel(channel_id: UUID) -> None:
    if not tables.Channel.select().where(tables.Channel.id == channel_id).exists():
        raise ChannelNotFound(channel_id)


def _channel(row: tables.Channel) -> Channel:
    return Channel(
        id=row.id,
        message_server_id=row.message_server_id,
        name=row.name,
        type=row.type,
        source_type=row.source_type,
        source_id=row.source_id,
        topic=row.topic,
        metadata=row.metadata or {},
        last_seq=row.last_seq,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
