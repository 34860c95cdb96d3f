"""Traces: what is still there of somebody who is gone. Whoever came under the same id would find it as theirs."""

from uuid import UUID

from eliza.db import tables
from eliza.db.taking_part import holds


def has_left_any(entity_id: UUID) -> bool:
    """While a connection is held: true where a conversation, a session, a job or a file is theirs."""
    return (
        holds(tables.ChannelParticipant, tables.ChannelParticipant.entity_id == entity_id)
        or holds(tables.Session, tables.Session.user_id == entity_id)
        or holds(tables.Job, tables.Job.user_id == entity_id)
        or holds(tables.Upload, tables.Upload.sender_id == entity_id)
    )
