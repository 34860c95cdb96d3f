"""Leftover data: what is still stored of a deleted person, which a new person with the same id would get to see."""

from uuid import UUID

from eliza.db import tables
from eliza.db.taking_part import holds


def has_leftover_data(entity_id: UUID) -> bool:
    """While a connection is held: true if a conversation, a session, a job or a file belongs to this entity."""
    return (
        holds(tables.ChannelParticipant, tables.ChannelParticipant.entity_id == entity_id)
        or holds(tables.Session, tables.Session.user_id == entity_id)
        or holds(tables.Job, tables.Job.user_id == entity_id)
        or holds(tables.Upload, tables.Upload.sender_id == entity_id)
    )
