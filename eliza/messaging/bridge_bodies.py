"""Bridge bodies: what agents and connectors that run elsewhere send, in snake_case or in camelCase."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AliasChoices, Field, model_validator

from eliza.access.principal import Principal
from eliza.http.body import header_key
from eliza.http.envelope import Json
from eliza.ids import is_uuid, to_uuid
from eliza.messaging.bodies import LONGEST_TEXT, Body, MessageChange, NewMessage
from eliza.messaging.edits import Edit
from eliza.messaging.messages import Draft
from eliza.messaging.sources import AGENT_ACTION, AGENT_RESPONSE

_MOST = 100
_Text = Annotated[str, Field(max_length=200)]


class Submission(NewMessage):
    """A message by an agent; ``agentId`` is what elizaOS's client calls its author."""

    channel_id: UUID = Field(validation_alias=AliasChoices("channel_id", "channelId", "roomId"))
    author_id: UUID | None = Field(
        default=None, validation_alias=AliasChoices("author_id", "authorId", "agentId", "agent_id")
    )
    source_type: _Text = Field(default=AGENT_RESPONSE, validation_alias=AliasChoices("source_type", "sourceType"))


class Action(Submission):
    source_type: _Text = Field(default=AGENT_ACTION, validation_alias=AliasChoices("source_type", "sourceType"))


class ActionChange(MessageChange):
    source_type: _Text | None = Field(default=None, validation_alias=AliasChoices("source_type", "sourceType"))
    in_reply_to: UUID | None = Field(
        default=None, validation_alias=AliasChoices("in_reply_to_message_id", "inReplyToMessageId", "inReplyTo")
    )
    author_id: UUID | None = Field(default=None, validation_alias=AliasChoices("author_id", "authorId"))

    def edit_by(self, principal: Principal) -> Edit:
        """Raises ``NotYourself`` where it is to be said by somebody for whom they may not speak."""
        if self.author_id is not None:
            principal.speak_as(self.author_id, "author_id")
        return Edit(
            text=self.content,
            raw=self.raw_message,
            metadata=self.metadata,
            source_type=self.source_type,
            in_reply_to=self.in_reply_to,
            author_id=self.author_id,
        )


class ForeignMessage(Body):
    """A message of another platform, whose people may have ids of any kind."""

    content: str = Field(max_length=LONGEST_TEXT)
    author_id: _Text = Field(validation_alias=AliasChoices("author_id", "authorId"), min_length=1)
    author_name: _Text | None = Field(
        default=None, validation_alias=AliasChoices("author_display_name", "authorDisplayName", "authorName")
    )
    source_id: _Text | None = Field(default=None, validation_alias=AliasChoices("source_id", "sourceId", "id"))
    in_reply_to: UUID | None = Field(
        default=None, validation_alias=AliasChoices("in_reply_to_message_id", "inReplyToMessageId", "inReplyTo")
    )
    raw_message: Json | None = Field(default=None, validation_alias=AliasChoices("raw_message", "rawMessage"))
    metadata: Json | None = None

    def draft(self, channel_id: UUID, platform: str, key: str | None) -> Draft:
        return Draft(
            channel_id=channel_id,
            author_id=UUID(self.author_id) if is_uuid(self.author_id) else to_uuid(f"{platform}:{self.author_id}"),
            author_name=self.author_name,
            text=self.content,
            in_reply_to=self.in_reply_to,
            source_type=platform,
            source_id=self.source_id,
            raw=self.raw_message,
            metadata=self.metadata or {},
            submission_key=key or self.source_id,
        )


class Ingestion(Body):
    """Messages of another platform; a single one may also stand in the body itself."""

    channel_id: UUID = Field(validation_alias=AliasChoices("channel_id", "channelId"))
    platform: str = Field(
        default="external", validation_alias=AliasChoices("platform", "source_type", "sourceType"), max_length=200
    )
    messages: list[ForeignMessage] = Field(min_length=1, max_length=_MOST)

    @model_validator(mode="before")
    @classmethod
    def _one_is_a_list_of_one(cls, body: dict[str, Any]) -> dict[str, Any]:
        return body if "messages" in body else {**body, "messages": [body]}

    def drafts_by(self, principal: Principal) -> list[Draft]:
        """An Idempotency-Key names the request, so it can name its message only if that is the only one.

        Raises ``NotYourself`` where somebody is among the authors for whom they may not speak.
        """
        key = header_key("Idempotency-Key") if len(self.messages) == 1 else None
        drafts = [message.draft(self.channel_id, self.platform, key) for message in self.messages]
        for draft in drafts:
            principal.speak_as(draft.author_id, "author_id")
        return drafts


class Completion(Body):
    """What is done: a message, or for agents of elizaOS whatever they did in a channel."""

    message_id: UUID | None = Field(default=None, validation_alias=AliasChoices("messageId", "message_id"))
    channel_id: UUID | None = Field(default=None, validation_alias=AliasChoices("channelId", "channel_id"))
    status: _Text = "completed"

    @model_validator(mode="after")
    def _names_something(self) -> "Completion":
        if self.message_id is None and self.channel_id is None:
            raise ValueError("messageId or channelId is required")
        return self
