"""Posting: what the routes that take in messages have in common."""

from uuid import UUID

from flask import Response

from eliza.http.body import header_key
from eliza.http.envelope import Json
from eliza.http.principal import current_principal, sender
from eliza.messaging.bodies import NewMessage
from eliza.messaging.messages import Draft, Posted
from eliza.messaging.senders import attributed


def draft(body: NewMessage, channel_id: UUID) -> Draft:
    """What ``body`` says, by the author it names or else by the caller. Raises ``InvalidInput`` or ``NotYourself``."""
    said = Draft(
        channel_id=channel_id,
        author_id=sender(body.author_id, "author_id"),
        author_name=body.author_name or _name_in(body.metadata),
        text=body.content,
        in_reply_to=body.in_reply_to,
        source_type=body.source_type,
        raw=body.raw_message,
        metadata=body.metadata,
        submission_key=header_key("Idempotency-Key") or (str(body.message_id) if body.message_id else None),
    )
    return attributed(said, current_principal())


def marked(response: Response, posted: Posted) -> Response:
    """The answer, with a header that says when it is about an earlier submission."""
    if posted.is_replay:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _name_in(metadata: Json) -> str | None:
    name = metadata.get("user_display_name") or metadata.get("authorDisplayName")
    return name if isinstance(name, str) else None
