"""Seats: who takes part in a channel. What is here is called while a connection is held."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from eliza.db import tables
from eliza.db.paging import Page, page_of
from eliza.db.rows import column

_seat = tables.ChannelParticipant


def take(channel_id: UUID, people: Iterable[UUID]) -> None:
    """Seat these people; who sits already stays as they are, with what they have read."""
    rows = [{"channel": channel_id, "entity_id": person} for person in dict.fromkeys(people)]
    if rows:
        _seat.insert_many(rows).on_conflict_ignore().execute()


def vacate(channel_id: UUID, person: UUID) -> bool:
    """False when there was nobody to leave."""
    return bool(_seat.delete().where(of(channel_id, person)).execute())


def keep(channel_id: UUID, people: Iterable[UUID]) -> list[UUID]:
    """Let exactly these people sit there: the new ones come, the rest notice nothing. Returns who had to leave."""
    wanted = list(people)
    others = (_seat.channel == channel_id) & _seat.entity_id.not_in(wanted)
    leaving = column(_seat.select(_seat.entity_id).where(others))
    _seat.delete().where(others).execute()
    take(channel_id, wanted)
    return leaving


def page(channel_id: UUID, *, limit: int, cursor: str | None) -> Page[Any]:
    """The rows, in the order of the people's ids."""
    return page_of(_seat.select().where(_seat.channel == channel_id), by=(_seat.entity_id,), limit=limit, cursor=cursor)


def everybody(channel_id: UUID) -> frozenset[UUID]:
    return frozenset(column(_seat.select(_seat.entity_id).where(_seat.channel == channel_id)))


def of(channel_id: UUID, person: UUID) -> Any:
    return (_seat.channel == channel_id) & (_seat.entity_id == person)
