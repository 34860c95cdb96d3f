"""Protocol: the Socket.IO events of elizaOS, their names and shapes. The oddities of the wire end here."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import orjson
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from eliza.approvals import wire as approvals
from eliza.clock import milliseconds
from eliza.errors import InvalidInput
from eliza.events import ActionChanged, Approval, ChannelRead, Message, MessageCompleted, ReplyPiece, TurnChanged
from eliza.http.body import holds_nul
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.messaging import sources
from eliza.messaging.wire import lifted_content

Json = dict[str, Any]

JOIN, SEND = 1, 2
"""The ``type`` of a "message" event; both are also events of their own, named by the number."""

LONGEST_TEXT = 100_000

_DOING = {
    "waiting": "Waiting for approval",
    "executing": "Executing action",
    "completed": "Completed action",
    "failed": "Failed action",
}

S = TypeVar("S", bound=BaseModel)


class Join(BaseModel):
    model_config = ConfigDict(extra="ignore")

    channel: str = Field(validation_alias=AliasChoices("channelId", "roomId"), min_length=1, max_length=200)
    last_seq: int | None = Field(default=None, validation_alias=AliasChoices("lastSeq", "last_seq"), ge=0, le=2**62)
    agent_id: str | None = Field(default=None, validation_alias="agentId", max_length=200)


class Send(BaseModel):
    model_config = ConfigDict(extra="ignore")

    channel_id: UUID = Field(validation_alias=AliasChoices("channelId", "roomId"))
    server_id: UUID = Field(
        default=DEFAULT_MESSAGE_SERVER, validation_alias=AliasChoices("messageServerId", "serverId", "server_id")
    )
    sender_id: UUID | None = Field(default=None, validation_alias="senderId")
    sender_name: str | None = Field(default=None, validation_alias="senderName", max_length=200)
    text: str = Field(default="", validation_alias="message", max_length=LONGEST_TEXT)
    source: str = Field(default="socketio_client", max_length=200)
    client_id: str | None = Field(default=None, validation_alias="messageId", max_length=200)
    in_reply_to: UUID | None = Field(default=None, validation_alias=AliasChoices("inReplyTo", "inReplyToMessageId"))
    metadata: Json = Field(default_factory=dict)
    attachments: list[Json] = Field(default_factory=list, max_length=100)
    target_user_id: UUID | None = Field(default=None, validation_alias="targetUserId")

    @field_validator("metadata", "attachments", mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: object, info: Any) -> object:
        return value if value is not None else ({} if info.field_name == "metadata" else [])

    @field_validator("source", mode="before")
    @classmethod
    def _some_source(cls, value: object) -> object:
        return value or "socketio_client"


class Typing(BaseModel):
    model_config = ConfigDict(extra="ignore")

    channel_id: UUID = Field(validation_alias=AliasChoices("channelId", "roomId"))
    is_typing: bool = Field(default=True, validation_alias="isTyping")


class ReadMark(BaseModel):
    model_config = ConfigDict(extra="ignore")

    channel_id: UUID = Field(validation_alias=AliasChoices("channelId", "roomId"))
    seq: int | None = Field(default=None, validation_alias=AliasChoices("seq", "lastReadSeq"), ge=0, le=2**62)
    message_id: UUID | None = Field(default=None, validation_alias="messageId")


def read_join(payload: object) -> Join:
    """Raises ``InvalidInput`` in the words elizaOS's clients know."""
    return _read(Join, payload, "channelId is required for joining")


def read_send(payload: object) -> Send:
    return _read(Send, payload, "channelId, messageServerId, senderId and message are required")


def read_typing(payload: object) -> Typing:
    return _read(Typing, payload, "channelId is required for typing")


def read_mark(payload: object) -> ReadMark:
    return _read(ReadMark, payload, "channelId is required to mark it as read")


def unpack(event: object) -> tuple[int | None, object]:
    """The kind and payload of a "message" event; a kind nobody knows is None."""
    kind = event.get("type") if isinstance(event, Mapping) else None
    if isinstance(event, Mapping) and type(kind) is int and kind in (JOIN, SEND):  # Python takes True for a 1.
        return kind, event.get("payload")
    return None, None


def joined(channel: str, agent_id: str | None, last_seq: int) -> Json:
    extra = {"agentId": agent_id} if agent_id else {}
    message = f"Socket joined channel {channel}"
    return {"message": message, "channelId": channel, "roomId": channel, "lastSeq": last_seq, **extra}


def broadcast(message: Message) -> Json:
    return {
        "id": str(message.id),
        "seq": message.seq,
        "senderId": str(message.author_id),
        "senderName": message.author_name or "User",
        "text": message.text,
        "channelId": str(message.channel_id),
        "roomId": str(message.channel_id),
        "messageServerId": str(message.message_server_id),
        "serverId": str(message.message_server_id),
        "createdAt": milliseconds(message.created_at),
        "source": sources.wire_source(message),
        "isAgent": message.is_agent,
        **({"inReplyTo": str(message.in_reply_to)} if message.in_reply_to else {}),
        **lifted_content(message),
        **_changes(message),
    }


def to_sender(message: Message) -> Json:
    """The broadcast as the connection that sent it hears it: with the name its client gave it."""
    return {**broadcast(message), **({"clientMessageId": message.client_id} if message.client_id else {})}


def acknowledgement(message: Message) -> Json:
    return {
        **({"clientMessageId": message.client_id} if message.client_id else {}),
        "messageId": str(message.id),
        "seq": message.seq,
        "status": "received_by_server_and_processing",
        "channelId": str(message.channel_id),
        "roomId": str(message.channel_id),
    }


def chunk(piece: ReplyPiece) -> Json:
    return {
        "messageId": str(piece.reply_id),
        "chunk": piece.text,
        "index": piece.index,
        "agentId": str(piece.agent_id),
        "channelId": str(piece.channel_id),
        "inReplyTo": str(piece.message_id),
    }


def turn_state(change: TurnChanged) -> Json:
    return {
        "turnId": str(change.turn_id),
        "messageId": str(change.message_id),
        "replyId": str(change.reply_id),
        "channelId": str(change.channel_id),
        "agentId": str(change.agent_id),
        "agentName": change.agent_name,
        "status": change.status,
        **({"step": change.step} if change.step else {}),
        **({"reason": change.reason} if change.reason else {}),
    }


def action(change: ActionChanged) -> Json:
    """An action under way, as elizaOS tells it: like a message that changes under its id.

    It has no ``seq``, for the channel's list does not hold it.
    """
    title = f"{_DOING[change.status]}: {change.action}"
    told = {"thought": title, "actions": [change.action]}
    is_result = change.text and change.status != "waiting"
    text = f"{title}\n{change.text}" if change.status == "waiting" else title
    result = {"actionResult": {"text": change.text}} if is_result else {}
    return {
        "id": str(change.action_id),
        "senderId": str(change.agent_id),
        "senderName": change.agent_name,
        "text": text,
        "channelId": str(change.channel_id),
        "roomId": str(change.channel_id),
        "createdAt": milliseconds(change.at),
        "updatedAt": milliseconds(change.at),
        "source": sources.AGENT_ACTION,
        "isAgent": True,
        **told,
        "rawMessage": {
            **told,
            "text": text,
            "actionId": str(change.action_id),
            "actionStatus": change.status,
            **result,
            "type": sources.AGENT_ACTION,
            "runId": str(change.turn_id),
            "source": sources.AGENT_ACTION,
        },
    }


def approval(approval: Approval) -> Json:
    return {**approvals.approval(approval)}


def complete(event: MessageCompleted) -> Json:
    channel = {"channelId": str(event.channel_id), "roomId": str(event.channel_id)}
    return {**channel, **({"messageId": str(event.message_id)} if event.message_id else {})}


def read(event: ChannelRead) -> Json:
    channel = {"channelId": str(event.channel_id), "roomId": str(event.channel_id)}
    return {**channel, "userId": str(event.entity_id), "lastReadSeq": event.seq}


def typing(typing: Typing, entity_id: UUID) -> Json:
    channel = {"channelId": str(typing.channel_id), "roomId": str(typing.channel_id)}
    return {**channel, "userId": str(entity_id), "isTyping": typing.is_typing}


def stream_error(change: TurnChanged) -> Json:
    return {
        "messageId": str(change.reply_id),
        "channelId": str(change.channel_id),
        "agentId": str(change.agent_id),
        "error": change.reason or "The agent could not answer",
        "inReplyTo": str(change.message_id),
    }


def _changes(message: Message) -> Json:
    """What tells clients to put a message in the place of the one they have under its id."""
    if not sources.is_action(message) and message.updated_at == message.created_at:
        return {}
    raw = {"rawMessage": dict(message.raw)} if message.raw and sources.is_action(message) else {}
    return {"updatedAt": milliseconds(message.updated_at), **raw}


def _read(shape: type[S], payload: object, missing: str) -> S:
    if not isinstance(payload, Mapping):
        raise InvalidInput(missing)
    _require_storable(payload)
    try:
        return shape.model_validate(payload)
    except ValidationError as failure:
        problem = failure.errors(include_url=False, include_context=False)[0]
        if problem["type"] == "missing":
            raise InvalidInput(missing) from None
        raise InvalidInput(f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}") from None


def _require_storable(payload: Mapping[str, Any]) -> None:
    """JSON can say more than a database keeps: NUL, half a character, a number of any length."""
    try:
        written = orjson.dumps(payload)
    except TypeError:
        raise InvalidInput(
            "the message must not contain half a character, binary values, or a number of more than 64 bits"
        ) from None
    if rb"\u0000" in written and holds_nul(payload):
        raise InvalidInput("the message must not contain NUL characters")
