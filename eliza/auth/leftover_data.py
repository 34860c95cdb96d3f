"""Leftover data: what is still stored of a deleted person, which a new person with the same id would get to see."""

from uuid import UUID

from eliza.db import tables
from eliza.db.participation import exists


def has_leftover_data(entity_id: UUID) -> bool:
    """While a connection is held: true if a conversation, a session, a job or a file belongs to this entity."""
    return (
        exists(tables.ChannelParticipant, tables.ChannelParticipant.entity_id == entity_id)
        or exists(tables.Session, tables.Session.user_id == entity_id)
        or exists(tables.Job, tables.Job.user_id == entity_id)
        or exists(tables.Upload, tables.Upload.sender_id == entity_id)
    )
