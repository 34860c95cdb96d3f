"""Excerpt: part of what was said in a session, found by moments."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from eliza.events import Message
from eliza.messaging.messages import Messages

_MILLISECOND = timedelta(milliseconds=1)
_LATEST = datetime.max.replace(tzinfo=UTC) - _MILLISECOND


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Newest first. ``has_more`` says that there is more in the direction in which it was read."""

    messages: list[Message]
    has_more: bool


def excerpt(
    messages: Messages, channel_id: UUID, *, limit: int, before: datetime | None = None, after: datetime | None = None
) -> Excerpt:
    """The newest messages before ``before``, and of these only what is after ``after``.

    With ``after`` alone it is the first ones after it, so that who asks on from the newest misses nothing.
    """
    if after is not None and before is None:
        following = messages.after(channel_id, _last_seq(messages, channel_id, after), limit=limit + 1)
        return Excerpt(following[:limit][::-1], len(following) > limit)
    found = messages.page(channel_id, limit=limit + 1, before=before)
    wanted = [message for message in found if after is None or message.created_at > after]
    return Excerpt(wanted[:limit], len(wanted) > limit)


def _last_seq(messages: Messages, channel_id: UUID, moment: datetime) -> int:
    """The number of the last message that was there at that moment."""
    last = messages.page(channel_id, limit=1, before=min(moment, _LATEST) + _MILLISECOND)
    return last[0].seq if last else 0
