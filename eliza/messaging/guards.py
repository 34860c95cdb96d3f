"""Guards: which channels, messages and actions a caller may name in a path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request

from eliza.access.principal import Principal
from eliza.access.rules import view_of
from eliza.http.path_guards import PathGuards
from eliza.ids import is_uuid
from eliza.messaging.bridge import ActionNotFound
from eliza.messaging.channels import Channels
from eliza.messaging.rights import Rights

_CREATES_CHANNELS = "messages.post_message"


@dataclass(frozen=True, slots=True)
class ChannelGuards:
    """Unknown ids and ids of other people are refused here, so both get the same answer.

    A text that is not an id is left to the view, which reports it as invalid.
    """

    channels: Channels
    rights: Rights

    def install(self, path_guards: PathGuards) -> None:
        path_guards.guard("channel_id", self._channel)
        path_guards.guard("message_id", self._message)
        path_guards.guard("action_id", self._action)

    def _channel(self, principal: Principal, path: Mapping[str, Any]) -> None:
        channel_id = _id(path["channel_id"])
        if channel_id is not None and not self._may_be_created(channel_id):
            self.rights.require_participation(principal, channel_id)

    def _message(self, principal: Principal, path: Mapping[str, Any]) -> None:
        message_id = _id(path["message_id"])
        if message_id is not None:
            self.rights.require_message(principal, message_id)

    def _action(self, principal: Principal, path: Mapping[str, Any]) -> None:
        action_id = _id(path["action_id"])
        if (
            action_id is not None
            and principal.scope is not None
            and not self.rights.can_see(action_id, principal.scope)
        ):
            raise ActionNotFound(action_id)

    def _may_be_created(self, channel_id: UUID) -> bool:
        """Posting the first message creates its channel. ``Arrivals`` checks again when it stores the message."""
        return view_of(request.endpoint or "") == _CREATES_CHANNELS and self.channels.find(channel_id) is None


def _id(text: object) -> UUID | None:
    return UUID(str(text)) if is_uuid(str(text)) else None
