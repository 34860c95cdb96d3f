"""Bridge wire: what agents and connectors that run elsewhere are answered."""

from collections.abc import Sequence
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from eliza.events import MessageCompleted
from eliza.http.envelope import Id, given
from eliza.messaging.messages import Posted


class IngestedIdsJson(TypedDict):
    messageId: Id
    messageIds: list[Id]
    processed: int


class IngestedJson(TypedDict):
    success: Literal[True]
    message: str
    data: IngestedIdsJson


class CompletedJson(TypedDict):
    channelId: Id
    messageId: NotRequired[Id]
    status: str


def ingested(posted: Sequence[Posted]) -> IngestedJson:
    ids: list[Id] = [str(one.message.id) for one in posted]
    kept: IngestedIdsJson = {"messageId": ids[0], "messageIds": ids, "processed": len(ids)}
    return {"success": True, "message": "Message ingested and published to bus", "data": kept}


def completed(done: MessageCompleted, status: str) -> CompletedJson:
    shape: CompletedJson = {"channelId": str(done.channel_id), "status": status}
    return given(shape, messageId=str(done.message_id) if done.message_id else None)
