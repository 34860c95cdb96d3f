"""Wire: rows of messaging as elizaOS's clients know them, and what they send."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import orjson
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from eliza.clock import milliseconds
from eliza.events import Message
from eliza.http.envelope import iso
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.messaging.channels import Channel
from eliza.messaging.replies import TurnState
from eliza.messaging.servers import MessageServer

Json = dict[str, Any]
LONGEST_TEXT = 100_000

Transport = Literal["http", "sse", "websocket"]
_TRANSPORTS = {"http": "http", "sse": "sse", "websocket": "websocket", "sync": "http", "stream": "sse"}


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
    metadata: Json = Field(default_factory=dict)
    source_type: str = Field(default="eliza_gui", validation_alias=_either("source_type", "sourceType"), max_length=200)
    author_name: str | None = Field(
        default=None, validation_alias=_either("author_display_name", "authorDisplayName"), max_length=200
    )
    message_id: UUID | None = Field(default=None, validation_alias=_either("messageId", "message_id"))
    transport: Transport = Field(default="websocket", validation_alias=_either("transport", "mode"))

    @field_validator("metadata", mode="before")
    @classmethod
    def _no_metadata_is_empty(cls, value: object) -> object:
        return {} if value is None else value

    @field_validator("transport", mode="before")
    @classmethod
    def _by_either_name(cls, value: object) -> object:
        if value is None:
            return "websocket"
        if not isinstance(value, str) or value not in _TRANSPORTS:
            raise ValueError(f"must be one of {', '.join(_TRANSPORTS)}")
        return _TRANSPORTS[value]


class NewChannel(Body):
    name: str = Field(min_length=1, max_length=200)
    message_server_id: UUID = Field(
        default=DEFAULT_MESSAGE_SERVER, validation_alias=_either("message_server_id", "server_id", "messageServerId")
    )
    participants: list[UUID] = Field(
        default_factory=list, validation_alias=_either("participantCentralUserIds", "participants"), max_length=1000
    )
    type: str = Field(default="GROUP", pattern=r"^[A-Z_]{1,32}$")
    metadata: Json = Field(default_factory=dict)


class ChannelChange(Body):
    name: str | None = Field(default=None, min_length=1, max_length=200)
    participants: list[UUID] | None = Field(
        default=None, validation_alias=_either("participantCentralUserIds", "participants"), max_length=1000
    )
    metadata: Json | None = None


class NewServer(Body):
    name: str = Field(min_length=1, max_length=200)
    source_type: str = Field(validation_alias=_either("sourceType", "source_type"), min_length=1, max_length=200)
    source_id: str | None = Field(default=None, validation_alias=_either("sourceId", "source_id"), max_length=200)
    metadata: Json | None = None


class AgentSeat(Body):
    agent_id: UUID = Field(validation_alias=_either("agentId", "agent_id"))


def server(row: MessageServer) -> Json:
    return {
        "id": str(row.id),
        "name": row.name,
        "sourceType": row.source_type,
        **_given(sourceId=row.source_id),
        "metadata": row.metadata,
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
    }


def channel(row: Channel) -> Json:
    return {
        "id": str(row.id),
        "messageServerId": str(row.message_server_id),
        "name": row.name,
        "type": row.type,
        **_given(sourceType=row.source_type, sourceId=row.source_id, topic=row.topic),
        "metadata": row.metadata,
        "lastSeq": row.last_seq,
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
    }


def central_message(message: Message) -> Json:
    """A message as it is kept. Ids stay UUIDs, since the JSON writer spells them faster than Python does."""
    created = iso(message.created_at)
    return {
        "id": message.id,
        "channelId": message.channel_id,
        "authorId": message.author_id,
        "content": message.text,
        **_given(rawMessage=message.raw, sourceType=message.source_type, sourceId=message.source_id),
        "metadata": _shown_metadata(message),
        "inReplyToRootMessageId": message.in_reply_to,
        "seq": message.seq,
        "createdAt": created,
        "updatedAt": created if message.updated_at == message.created_at else iso(message.updated_at),
    }


def listed_message(message: Message, turns: Sequence[TurnState]) -> Json:
    """A message in a history: with its moments as numbers too, and how the agents took it."""
    return {
        **central_message(message),
        "created_at": milliseconds(message.created_at),
        "updated_at": milliseconds(message.updated_at),
        **({"turns": [turn(state) for state in turns]} if turns else {}),
    }


def weight(message: Message) -> int:
    """About how many bytes a message has in an answer, less its envelope."""
    return len(orjson.dumps([message.text, message.raw, message.metadata]))


def bus_message(message: Message) -> Json:
    return {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "message_server_id": str(message.message_server_id),
        "author_id": str(message.author_id),
        "content": message.text,
        "seq": message.seq,
        "created_at": milliseconds(message.created_at),
        **_given(
            source_type=message.source_type,
            raw_message=message.raw,
            author_display_name=message.author_name,
            in_reply_to_message_id=_text(message.in_reply_to),
            source_id=message.source_id,
        ),
        "metadata": message.metadata,
    }


def content(reply: Message) -> Json:
    """An agent's reply as the content elizaOS's agents plan."""
    return {
        "thought": reply.metadata.get("thought", ""),
        "actions": reply.metadata.get("actions", []),
        "providers": reply.metadata.get("providers", []),
        "text": reply.text,
        "simple": reply.metadata.get("actions", []) == ["REPLY"],
        "responseId": str(reply.id),
        "inReplyTo": _text(reply.in_reply_to),
        "agentId": str(reply.author_id),
        "agentName": reply.author_name,
        "seq": reply.seq,
    }


def turn(state: TurnState) -> Json:
    return {
        "turnId": str(state.turn_id),
        "agentId": str(state.agent_id),
        "agentName": state.agent_name,
        "status": state.status,
        "reason": state.reason,
    }


def lifted_content(message: Message) -> Json:
    """What clients look for beside a message though it came inside the raw one."""
    raw = message.raw or {}
    return {key: raw[key] for key in ("thought", "actions", "attachments") if raw.get(key)}


def _shown_metadata(message: Message) -> Json:
    lifted = lifted_content(message)
    name = {"authorDisplayName": message.author_name} if message.author_name else {}
    return {**lifted, **message.metadata, **name, "isAgent": message.is_agent}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _given(**fields: object) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
