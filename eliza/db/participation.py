"""Taking part: the channels somebody has a seat in, for all that hangs on one. Called while a connection is held."""

from typing import Any
from uuid import UUID

from peewee import Expression

from eliza.db import tables

_seat, _room = tables.ChannelParticipant, tables.Room


def channels_of(person: UUID) -> Any:
    """A select of their ids."""
    return _seat.select(_seat.channel).where(_seat.entity_id == person)


def rooms_of(person: UUID) -> Any:
    """A select of the ids of the rooms as which agents know these channels."""
    return _room.select(_room.id).where(_room.channel_id.in_(channels_of(person)))


def takes_part(person: UUID, channel_id: UUID) -> bool:
    return exists(_seat, (_seat.entity_id == person) & (_seat.channel == channel_id))


def exists(table: type[tables.Table], which: Expression) -> bool:
    """True when there is such a row."""
    return bool(table.select().where(which).exists())


def in_channels_of(person: UUID, query: Any) -> Any:
    """``query``, which has joined messages, narrowed to those of their channels."""
    # A join, since a list of all that they were ever told would be made first.
    return query.join(_seat, on=(_seat.channel == tables.Message.channel)).where(_seat.entity_id == person)
