"""Wire: messages and what comes of them as elizaOS's clients know them."""

from collections.abc import Sequence
from typing import NotRequired
from uuid import UUID

import orjson
from typing_extensions import TypedDict

from eliza.clock import milliseconds
from eliza.db.paging import Page
from eliza.events import Message, TurnStatus
from eliza.http.envelope import Id, Iso, Json, given, iso
from eliza.messaging.replies import TurnState


class TurnJson(TypedDict):
    """How an agent took a message. One that is ``waiting`` names the approval it waits for."""

    turnId: Id
    agentId: Id
    agentName: str
    status: TurnStatus
    reason: str | None
    approvalId: NotRequired[Id]


class MessageJson(TypedDict):
    """A message as it is kept."""

    id: Id
    channelId: Id
    authorId: Id
    content: str
    rawMessage: NotRequired[Json]
    sourceType: NotRequired[str]
    sourceId: NotRequired[str]
    metadata: Json
    inReplyToRootMessageId: Id | None
    seq: int
    createdAt: Iso
    updatedAt: Iso


class ListedMessageJson(MessageJson):
    created_at: int
    updated_at: int
    turns: NotRequired[list[TurnJson]]


class BusMessageJson(TypedDict):
    id: Id
    channel_id: Id
    message_server_id: Id
    author_id: Id
    content: str
    seq: int
    created_at: int
    source_type: NotRequired[str]
    raw_message: NotRequired[Json]
    author_display_name: NotRequired[str]
    in_reply_to_message_id: NotRequired[Id]
    source_id: NotRequired[str]
    metadata: Json


class ContentJson(TypedDict):
    """An agent's reply as the content elizaOS's agents plan."""

    thought: str
    actions: list[str]
    providers: list[str]
    text: str
    simple: bool
    responseId: Id
    inReplyTo: Id | None
    agentId: Id
    agentName: str | None
    seq: int


class MessagesJson(TypedDict):
    messages: list[ListedMessageJson]


class FoundJson(TypedDict):
    """``nextCursor`` is the ``cursor`` of the next page, if there is one."""

    messages: list[MessageJson]
    total: int
    nextCursor: NotRequired[str]


class OutcomeJson(TypedDict):
    """What came of a message that somebody waited for."""

    agentResponse: NotRequired[ContentJson]
    agentResponses: NotRequired[list[ContentJson]]
    turns: NotRequired[list[TurnJson]]


class PostedJson(OutcomeJson):
    userMessage: BusMessageJson


class PostedDataJson(MessageJson, PostedJson):
    """All that elizaOS's client hands on: to it this is the message, to others what stands beside it once more."""


class AnsweredJson(PostedJson):
    success: bool
    data: PostedDataJson


def central_message(message: Message) -> MessageJson:
    """Ids stay UUIDs, since the JSON writer spells them faster than Python does."""
    created = iso(message.created_at)
    shape: MessageJson = {
        "id": message.id,
        "channelId": message.channel_id,
        "authorId": message.author_id,
        "content": message.text,
        "metadata": _shown_metadata(message),
        "inReplyToRootMessageId": message.in_reply_to,
        "seq": message.seq,
        "createdAt": created,
        "updatedAt": created if message.updated_at == message.created_at else iso(message.updated_at),
    }
    return given(shape, rawMessage=message.raw, sourceType=message.source_type, sourceId=message.source_id)


def listed_message(message: Message, turns: Sequence[TurnState]) -> ListedMessageJson:
    """A message in a history: with its moments as numbers too, and how the agents took it."""
    shape: ListedMessageJson = {
        **central_message(message),  # type: ignore[typeddict-item]  # "turns" is optional there.
        "created_at": milliseconds(message.created_at),
        "updated_at": milliseconds(message.updated_at),
    }
    return given(shape, turns=[turn(state) for state in turns] or None)


def weight(message: Message) -> int:
    """About how many bytes a message has in an answer, less its envelope."""
    return len(orjson.dumps([message.text, message.raw, message.metadata]))


def bus_message(message: Message) -> BusMessageJson:
    shape: BusMessageJson = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "message_server_id": str(message.message_server_id),
        "author_id": str(message.author_id),
        "content": message.text,
        "seq": message.seq,
        "created_at": milliseconds(message.created_at),
        "metadata": dict(message.metadata),
    }
    return given(
        shape,
        source_type=message.source_type,
        raw_message=message.raw,
        author_display_name=message.author_name,
        in_reply_to_message_id=_text(message.in_reply_to),
        source_id=message.source_id,
    )


def content(reply: Message) -> ContentJson:
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


def found(page: Page[Message]) -> FoundJson:
    shape: FoundJson = {"messages": page.map(central_message).items, "total": page.total}
    return given(shape, nextCursor=page.next)


def turn(state: TurnState) -> TurnJson:
    shape: TurnJson = {
        "turnId": str(state.turn_id),
        "agentId": str(state.agent_id),
        "agentName": state.agent_name,
        "status": state.status,
        "reason": state.reason,
    }
    return given(shape, approvalId=_text(state.approval_id))


def lifted_content(message: Message) -> Json:
    """What clients look for beside a message though it came inside the raw one."""
    raw = message.raw or {}
    lifted = {key: raw[key] for key in ("thought", "actions", "attachments") if raw.get(key)}
    attached = message.metadata.get("attachments")
    return {"attachments": attached, **lifted} if attached else lifted


def _shown_metadata(message: Message) -> Json:
    lifted = lifted_content(message)
    name = {"authorDisplayName": message.author_name} if message.author_name else {}
    return {**lifted, **message.metadata, **name, "isAgent": message.is_agent}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
