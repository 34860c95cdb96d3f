"""Participation: queries for the channels of a person. Call them within ``read`` or a unit of work."""

from typing import Any
from uuid import UUID

from peewee import Expression

from eliza.db import tables

_seat, _room = tables.ChannelParticipant, tables.Room


def channels_of(person: UUID) -> Any:
    """A query of the ids of their channels."""
    return _seat.select(_seat.channel).where(_seat.entity_id == person)


def rooms_of(person: UUID) -> Any:
    """A query of the ids of the agents' rooms that belong to these channels."""
    return _room.select(_room.id).where(_room.channel_id.in_(channels_of(person)))


def takes_part(person: UUID, channel_id: UUID) -> bool:
    return exists(_seat, (_seat.entity_id == person) & (_seat.channel == channel_id))


def exists(table: type[tables.Table], which: Expression) -> bool:
    """True if such a row exists."""
    return bool(table.select().where(which).exists())


def in_channels_of(person: UUID, query: Any) -> Any:
    """``query``, which must include messages, limited to messages of their channels."""
    # A join, because ``IN`` would first list every message of all their channels.
    return query.join(_seat, on=(_seat.channel == tables.Message.channel)).where(_seat.entity_id == person)
