"""Edits: a message that is there says something else, under its id and in its place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.errors import InvalidInput
from eliza.events import Bus, Message, MessageChanged
from eliza.messaging.messages import Messages


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change about a message; what is None stays."""

    text: str | None = None
    raw: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None
    source_type: str | None = None
    in_reply_to: UUID | None = None
    author_id: UUID | None = None

    def values(self) -> dict[Any, Any]:
        row = tables.Message
        changes = {
            row.content: self.text,
            row.raw_message: self.raw,
            row.metadata: self.metadata,
            row.source_type: self.source_type,
            row.in_reply_to_root_message_id: self.in_reply_to,
            row.author_id: self.author_id,
        }
        return {field: value for field, value in changes.items() if value is not None}


class Edits:
    """``alongside`` is called inside each unit of work that changes a message, for what must be changed with it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        messages: Messages,
        alongside: Callable[[Message], None] = lambda message: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._messages = messages
        self._alongside = alongside

    def apply(self, message_id: UUID, edit: Edit) -> Message:
        """Change the message and tell it once more; no agent takes it up again.

        Raises ``MessageNotFound``, or ``InvalidInput`` if nothing would be left of it.
        """
        message = self._messages.existing(message_id)
        _require_content(message, edit)
        return self._database.write(lambda: self._apply(message, edit), order=message.channel_id)

    def _apply(self, message: Message, edit: Edit) -> Message:
        row = tables.Message
        # A message of a busy channel may be dated a little ahead of the clock.
        moment = max(self._clock.now(), message.created_at)
        row.update({**edit.values(), row.updated_at: moment}).where(row.id == message.id).execute()
        changed = self._messages.existing(message.id)  # It may have been deleted since we looked.
        self._alongside(changed)
        self._database.after_commit(lambda: self._bus.publish(MessageChanged(changed)))
        return changed


def _require_content(message: Message, edit: Edit) -> None:
    raw = edit.raw if edit.raw is not None else message.raw or {}
    text = edit.text if edit.text is not None else message.text
    if not text.strip() and not raw.get("attachments"):
        raise InvalidInput("content: must not be empty", details={"field": "content"})
