"""Bodies: what elizaOS's clients send to messaging, under every name they have for it."""

from typing import Annotated, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from eliza.http.body import Name
from eliza.http.envelope import Json
from eliza.http.query import Limit, Moment, Place, Query, Skipping, between
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.messaging.edits import Edit
from eliza.messaging.search import Criteria

LONGEST_TEXT = 100_000

_TRANSPORTS = {"http": "http", "sse": "sse", "websocket": "websocket", "sync": "http", "stream": "sse"}


def _transport(value: object) -> object:
    if value is None:
        return "websocket"
    if not isinstance(value, str) or value not in _TRANSPORTS:
        raise ValueError(f"must be one of {', '.join(_TRANSPORTS)}")
    return _TRANSPORTS[value]


Transport = Annotated[Literal["http", "sse", "websocket"], BeforeValidator(_transport)]
"""How a client listens for the answer, under its present name or its older one."""


def _or_empty(value: object) -> object:
    return {} if value is None else value


OR_EMPTY = BeforeValidator(_or_empty)
"""For objects that may be null, which counts as an empty one."""


def within(most: int) -> AfterValidator:
    """For objects of at most so many characters as JSON."""

    def check(value: Json) -> Json:
        if len(orjson.dumps(value).decode()) > most:
            raise ValueError(f"must have at most {most} characters as JSON")
        return value

    return AfterValidator(check)


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


def _either(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class NewMessage(Body):
    content: str = Field(default="", max_length=LONGEST_TEXT)
    author_id: UUID | None = Field(default=None, validation_alias=_either("author_id", "authorId"))
    message_server_id: UUID = Field(
        default=DEFAULT_MESSAGE_SERVER, validation_alias=_either("message_server_id", "server_id", "messageServerId")
    )
    in_reply_to: UUID | None = Field(
        default=None, validation_alias=_either("in_reply_to_message_id", "inReplyToMessageId", "inReplyTo")
    )
    raw_message: Json | None = Field(default=None, validation_alias=_either("raw_message", "rawMessage"))
    metadata: Annotated[Json, OR_EMPTY] = Field(default_factory=dict)
    source_type: str = Field(default="eliza_gui", validation_alias=_either("source_type", "sourceType"), max_length=200)
    author_name: str | None = Field(
        default=None, validation_alias=_either("author_display_name", "authorDisplayName"), max_length=200
    )
    message_id: UUID | None = Field(default=None, validation_alias=_either("messageId", "message_id"))
    transport: Transport = Field(default="websocket", validation_alias=_either("transport", "mode"))


class MessageChange(Body):
    content: str | None = Field(default=None, max_length=LONGEST_TEXT)
    raw_message: Json | None = Field(default=None, validation_alias=_either("raw_message", "rawMessage"))
    metadata: Json | None = None

    def edit(self) -> Edit:
        return Edit(text=self.content, raw=self.raw_message, metadata=self.metadata)


class Wanted(Body):
    """What a search is for. Everything that is given must hold."""

    query: str = Field(default="", max_length=1000)
    channel_id: UUID | None = Field(default=None, validation_alias=_either("channelId", "channel_id"))
    server_id: UUID | None = Field(
        default=None, validation_alias=_either("serverId", "messageServerId", "server_id", "message_server_id")
    )
    author_id: UUID | None = Field(default=None, validation_alias=_either("authorId", "author_id"))
    since: Moment | None = Field(default=None, validation_alias=_either("from", "after"))
    until: Moment | None = Field(default=None, validation_alias=_either("to", "before"))
    limit: Limit = 50
    offset: Place = 0
    cursor: str | None = None

    def criteria(self) -> Criteria:
        return Criteria(self.query, self.channel_id, self.server_id, self.author_id, self.since, self.until)


class ReadMark(Body):
    """How far somebody has read: up to a number or a message, or else everything."""

    reader_id: UUID | None = Field(default=None, validation_alias=_either("userId", "entityId", "user_id", "entity_id"))
    seq: Place | None = Field(default=None, validation_alias=_either("seq", "lastReadSeq", "last_read_seq"))
    message_id: UUID | None = Field(
        default=None, validation_alias=_either("messageId", "message_id", "lastReadMessageId")
    )


def _without_people(metadata: Json) -> Json:
    # Who takes part is told among the metadata. A client that sends them back must not fix what they were then.
    return {key: value for key, value in metadata.items() if key != "participantCentralUserIds"}


ChannelMetadata = Annotated[Json, AfterValidator(_without_people)]


class NewChannel(Body):
    name: Name
    message_server_id: UUID = Field(
        default=DEFAULT_MESSAGE_SERVER, validation_alias=_either("message_server_id", "server_id", "messageServerId")
    )
    participants: list[UUID] = Field(
        default_factory=list, validation_alias=_either("participantCentralUserIds", "participants"), max_length=1000
    )
    type: str = Field(default="GROUP", pattern=r"^[A-Z_]{1,32}$")
    metadata: ChannelMetadata = Field(default_factory=dict)


class ChannelChange(Body):
    name: Name | None = None
    participants: list[UUID] | None = Field(
        default=None, validation_alias=_either("participantCentralUserIds", "participants"), max_length=1000
    )
    metadata: ChannelMetadata | None = None


class NewServer(Body):
    name: Name
    source_type: str = Field(validation_alias=_either("sourceType", "source_type"), min_length=1, max_length=200)
    source_id: str | None = Field(default=None, validation_alias=_either("sourceId", "source_id"), max_length=200)
    metadata: Json | None = None


class AgentSeat(Body):
    agent_id: UUID = Field(validation_alias=_either("agentId", "agent_id"))


class Pair(Query):
    """The two of a direct channel."""

    one: UUID = Field(validation_alias="currentUserId")
    other: UUID = Field(validation_alias="targetUserId")
    server_id: UUID = Field(default=DEFAULT_MESSAGE_SERVER, validation_alias="dmServerId")


class TitleMatter(Query):
    """From which messages of a channel a title is made: the last ones, or the last before a moment."""

    limit: Annotated[int, between(4, 200)] = 50
    before: Moment | None = None


class History(Skipping):
    """Which messages of a channel: after a number, or else the newest before a number, and between two moments."""

    limit: Limit = 50
    after_seq: Place | None = None
    before_seq: Place | None = None
    before: Moment | None = None
    after: Moment | None = None
