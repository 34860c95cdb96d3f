"""Arrivals: what a message from outside passes, whichever door it came through."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from eliza.errors import InvalidInput
from eliza.ids import DEFAULT_MESSAGE_SERVER, is_uuid
from eliza.messaging.channels import Channel, Channels
from eliza.messaging.messages import Draft, Messages, Posted
from eliza.messaging.rights import DirectChannelIsForTwo
from eliza.messaging.sources import require_no_agent


class NobodyThere(InvalidInput):
    code = "NO_RECIPIENT"

    def __init__(self, channel_id: UUID) -> None:
        super().__init__(f"Channel {channel_id} has nobody but the author; add a participant or name a targetAgentId")


class Arrivals:
    """Posts what clients bring. A channel nobody made yet is made, if the message says for whom."""

    def __init__(self, channels: Channels, messages: Messages) -> None:
        self._channels = channels
        self._messages = messages

    def receive(self, draft: Draft, server_id: UUID = DEFAULT_MESSAGE_SERVER) -> Posted:
        """Post ``draft`` in its channel, which is created if it does not exist.

        Raises ``InvalidInput``, ``NobodyThere``, for a member ``NotAnAgent`` or ``DirectChannelIsForTwo``, and what
        ``Messages.post`` raises, before anything is stored. A member cannot post in a channel in which they do not take
        part, even if somebody else creates it at the same moment.
        """
        draft.require_content()
        if draft.by_member:
            require_no_agent(draft.source_type, draft.raw, draft.metadata)
        seated = self._channels.participants(draft.channel_id)
        others = [who for who in (*seated, *_named(draft.metadata)) if who != draft.author_id]
        if not others:
            raise NobodyThere(draft.channel_id)
        if not seated and self._channels.find(draft.channel_id) is None:
            self._make_channel(draft, server_id, others)
        return self._messages.post(draft)

    def _make_channel(self, draft: Draft, server_id: UUID, others: list[UUID]) -> Channel:
        is_direct = _is_direct(draft.metadata)
        if is_direct and draft.by_member and len(set(others)) > 1:
            raise DirectChannelIsForTwo
        return self._channels.ensure(
            draft.channel_id,
            name=f"{'DM' if is_direct else 'Chat'} {str(draft.channel_id)[:8]}",
            type="DM" if is_direct else "GROUP",
            participants=(draft.author_id, *others),
            server_id=self._channels.known_server(server_id),
            source_type="auto_created",
            metadata={"isDm": is_direct},
            creator_id=draft.author_id,
        )


def _is_direct(metadata: Mapping[str, Any]) -> bool:
    return bool(metadata.get("isDm")) or "DM" in {metadata.get("channelType"), metadata.get("channel_type")}


def _named(metadata: Mapping[str, Any]) -> list[UUID]:
    """Those a message names as the ones it is for."""
    named = (metadata.get(key) for key in ("targetAgentId", "targetUserId", "recipientId"))
    return [UUID(who) for who in named if isinstance(who, str) and is_uuid(who)]
