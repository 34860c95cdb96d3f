"""Bridge: what agents and connectors that run elsewhere bring in."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from peewee import IntegrityError

from eliza.db import Database
from eliza.db.participation import takes_part
from eliza.errors import Conflict, NotFound
from eliza.events import Bus, Message, MessageCompleted
from eliza.ids import NOBODY
from eliza.messaging.channels import Channels
from eliza.messaging.edits import Edit, Edits
from eliza.messaging.messages import Draft, MessageNotFound, Messages, Posted
from eliza.messaging.sources import AGENT_ACTION, AGENTS, is_action


class MessageIdTaken(Conflict):
    code = "MESSAGE_ID_TAKEN"

    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"Message id {message_id} belongs to another message")


class ActionNotFound(NotFound):
    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"Action {message_id} not found")


class Bridge:
    def __init__(self, database: Database, bus: Bus, channels: Channels, messages: Messages, edits: Edits) -> None:
        self._database = database
        self._bus = bus
        self._channels = channels
        self._messages = messages
        self._edits = edits

    def submit(self, draft: Draft) -> Posted:
        """Post what an agent has to say, or somebody whose ``source_type`` says otherwise.

        The channel's other agents may take it up, as far as agents may answer each other.
        Raises ``MessageIdTaken``, for an id of a message that a member cannot see ``MessageNotFound``, and what
        ``Messages.post`` raises.
        """
        return self._post(self._in_line(draft))

    def act(self, draft: Draft) -> Posted:
        """Post that an agent is doing something, which no agent answers. Raises as ``submit``."""
        raw = {"type": AGENT_ACTION, **(draft.raw or {})}
        return self._post(self._in_line(replace(draft, raw=raw, for_agents=False)))

    def revise(self, action_id: UUID, edit: Edit) -> Message:
        """Tell how an action goes on. Raises ``ActionNotFound``."""
        message = self._messages.get(action_id)
        if message is None or not is_action(message):
            raise ActionNotFound(action_id)
        if edit.raw is not None:
            edit = replace(edit, raw={"type": AGENT_ACTION, **edit.raw})
        return self._edits.apply(action_id, edit)

    def take_in(self, drafts: Sequence[Draft]) -> list[Posted]:
        """Post what was said in a channel of another platform: all of it, in order, or nothing.

        Raises as ``Messages.post``.
        """
        for draft in drafts:
            draft.require_content()
        order = drafts[0].channel_id if drafts else None
        return self._database.write(lambda: [self._messages.accept(draft) for draft in drafts], order=order)

    def complete(self, message_id: UUID | None, channel_id: UUID | None) -> MessageCompleted:
        """Tell the channel that the work on a message is done; agents of elizaOS name no more than the channel.

        Raises ``MessageNotFound`` or ``ChannelNotFound``.
        """
        done = MessageCompleted(self._place_of(message_id, channel_id), message_id)
        self._bus.publish(done)
        return done

    def _place_of(self, message_id: UUID | None, channel_id: UUID | None) -> UUID:
        if message_id is None:
            return self._channels.get(channel_id or NOBODY).id
        return self._messages.existing(message_id).channel_id

    def _in_line(self, draft: Draft) -> Draft:
        """An agent's draft, one step further from a person's words than what it replies to.

        An agent that runs elsewhere is known as one by the source it names. It must be: taken for a person, it would
        set ours free to answer it for ever.
        """
        if draft.source_type not in AGENTS:
            return draft
        asked = self._messages.get(draft.in_reply_to) if draft.in_reply_to else None
        return replace(draft, hop=1 + (asked.hop if asked else 0))

    def _post(self, draft: Draft) -> Posted:
        try:
            return self._messages.post(draft)
        except IntegrityError:
            if draft.message_id is None:
                raise
            raise self._taken(draft.message_id, draft) from None

    def _taken(self, message_id: UUID, draft: Draft) -> MessageIdTaken | MessageNotFound:
        taken = self._messages.get(message_id)
        with self._database.read():
            is_hidden = taken is not None and not takes_part(draft.author_id, taken.channel_id)
        return MessageNotFound(message_id) if draft.by_member and is_hidden else MessageIdTaken(message_id)
