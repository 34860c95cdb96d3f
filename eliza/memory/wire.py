"""Wire: memories and rooms as elizaOS's clients know them."""

from collections.abc import Sequence
from typing import Literal, NotRequired
from uuid import UUID

from typing_extensions import TypedDict

from eliza.clock import milliseconds
from eliza.http.envelope import Id, Json, given
from eliza.memory.groups import Gathered
from eliza.memory.recollections import Recollection
from eliza.memory.rooms import Room


class MemoryJson(TypedDict):
    id: Id
    type: str
    createdAt: int
    content: Json
    entityId: Id | None
    agentId: Id
    roomId: Id | None
    unique: bool
    metadata: Json
    embedding: NotRequired[list[float]]


class ChangedMemoryJson(MemoryJson):
    message: str


class MemoriesJson(TypedDict):
    memories: list[MemoryJson]


class RoomMemoriesJson(MemoriesJson):
    """``data`` is the list once more: elizaOS's client has two methods for this route, and one looks there."""

    success: Literal[True]
    data: list[MemoryJson]


class DeletedJson(TypedDict):
    success: Literal[True]
    message: str


class AllDeletedJson(DeletedJson):
    deleted: int


class RoomJson(TypedDict):
    id: Id
    name: str | None
    channelId: Id | None
    agentId: Id
    messageServerId: Id | None
    serverId: Id | None
    worldId: Id | None
    worldName: NotRequired[str]
    type: str
    source: str
    metadata: Json | None
    createdAt: int


class RoomsJson(TypedDict):
    rooms: list[RoomJson]


class GroupRoomJson(TypedDict):
    id: Id
    agentId: Id
    name: str | None
    source: str
    worldId: Id | None
    type: str


class AbsentJson(TypedDict):
    """An agent that could get no room."""

    agentId: Id
    code: str
    message: str


class PartOfGroupJson(TypedDict):
    success: Literal[False]
    data: list[GroupRoomJson]
    errors: list[AbsentJson]


def memory(one: Recollection, embedding: Sequence[float] | None = None) -> MemoryJson:
    shown: MemoryJson = {
        "id": one.id,
        "type": one.table,
        "createdAt": milliseconds(one.created_at),
        "content": dict(one.content),
        "entityId": one.entity_id,
        "agentId": one.agent_id,
        "roomId": one.room_id,
        "unique": one.unique,
        "metadata": dict(one.metadata),
    }
    return given(shown, embedding=embedding)


def room(one: Room) -> RoomJson:
    shown: RoomJson = {
        "id": one.id,
        "name": one.name,
        "channelId": one.channel_id,
        "agentId": one.agent_id,
        "messageServerId": one.message_server_id,
        "serverId": one.message_server_id,
        "worldId": one.world_id,
        "type": one.type,
        "source": one.source,
        "metadata": None if one.metadata is None else dict(one.metadata),
        "createdAt": milliseconds(one.created_at),
    }
    return given(shown, worldName=one.world_name)


def group_room(one: Room) -> GroupRoomJson:
    return {
        "id": one.id,
        "agentId": one.agent_id,
        "name": one.name,
        "source": one.source,
        "worldId": one.world_id,
        "type": one.type,
    }


def part_of_group(gathered: Gathered) -> PartOfGroupJson:
    return {
        "success": False,
        "data": [group_room(one) for one in gathered.rooms],
        "errors": [absent(agent_id) for agent_id in gathered.unknown],
    }


def absent(agent_id: UUID) -> AbsentJson:
    return {"agentId": agent_id, "code": "NOT_FOUND", "message": f"Agent {agent_id} not found"}
