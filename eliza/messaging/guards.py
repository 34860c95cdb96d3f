"""Guards: who may name which channel and which message in a path."""

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

_MAKES_CHANNELS = "messages.post_message"


@dataclass(frozen=True, slots=True)
class ChannelGuards:
    """What others have, and what nobody has, is answered in one place, and so in the same words.

    A text that is no id is left to the view, which says so.
    """

    channels: Channels
    rights: Rights

    def install(self, path_guards: PathGuards) -> None:
        path_guards.guard("channel_id", self._channel)
        path_guards.guard("message_id", self._message)
        path_guards.guard("action_id", self._action)

    def _channel(self, principal: Principal, path: Mapping[str, Any]) -> None:
        channel_id = _id(path["channel_id"])
        if channel_id is not None and not self._may_come_to_be(channel_id):
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

    def _may_come_to_be(self, channel_id: UUID) -> bool:
        """The first message of a channel makes it. Whose it is by the time it is stored, ``Arrivals`` looks at."""
        return view_of(request.endpoint or "") == _MAKES_CHANNELS and self.channels.find(channel_id) is None


def _id(text: object) -> UUID | None:
    return UUID(str(text)) if is_uuid(str(text)) else None
