"""Wire: message servers and channels as elizaOS's clients know them."""

from collections.abc import Sequence
from typing import NotRequired
from uuid import UUID

from typing_extensions import TypedDict

from eliza.http.envelope import Id, Iso, Json, given, iso
from eliza.messaging.channels import Channel
from eliza.messaging.reading import ReadState
from eliza.messaging.servers import MessageServer
from eliza.messaging.titles import Title


class ServerJson(TypedDict):
    id: Id
    name: str
    sourceType: str
    sourceId: NotRequired[str]
    metadata: Json
    createdAt: Iso
    updatedAt: Iso


class ChannelJson(TypedDict):
    id: Id
    messageServerId: Id
    name: str
    type: str
    sourceType: NotRequired[str]
    sourceId: NotRequired[str]
    topic: NotRequired[str]
    metadata: Json
    lastSeq: int
    createdAt: Iso
    updatedAt: Iso


class SeatJson(TypedDict):
    message: str
    agentId: Id


class ServerSeatJson(SeatJson):
    messageServerId: Id


class ChannelSeatJson(SeatJson):
    channelId: Id


class CurrentServerJson(TypedDict):
    messageServerId: Id


class ServersJson(TypedDict):
    messageServers: list[ServerJson]


class CentralServersJson(TypedDict):
    servers: list[ServerJson]


class CreatedServerJson(ServerJson):
    server: ServerJson


class ServerAgentsJson(TypedDict):
    messageServerId: Id
    agents: list[Id]


class AgentServersJson(TypedDict):
    agentId: Id
    messageServers: list[Id]


class ChannelsJson(TypedDict):
    channels: list[ChannelJson]


class ChannelPeopleJson(TypedDict):
    channelId: Id
    participants: list[Id]


class LeftJson(TypedDict):
    message: str
    channelId: Id
    userId: Id


class SyncedJson(TypedDict):
    messageServerId: Id
    synced: int
    channels: list[ChannelJson]


class ReadStateJson(TypedDict):
    userId: Id
    lastReadSeq: int


class ReadMarkJson(ReadStateJson):
    channelId: Id


class ReadStatesJson(TypedDict):
    channelId: Id
    readers: list[ReadStateJson]


class TitleJson(TypedDict):
    title: str | None
    channelId: Id
    reason: NotRequired[str]


def server(row: MessageServer) -> ServerJson:
    shape: ServerJson = {
        "id": str(row.id),
        "name": row.name,
        "sourceType": row.source_type,
        "metadata": dict(row.metadata),
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
    }
    return given(shape, sourceId=row.source_id)


def channel(row: Channel) -> ChannelJson:
    shape: ChannelJson = {
        "id": str(row.id),
        "messageServerId": str(row.message_server_id),
        "name": row.name,
        "type": row.type,
        "metadata": dict(row.metadata),
        "lastSeq": row.last_seq,
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
    }
    return given(shape, sourceType=row.source_type, sourceId=row.source_id, topic=row.topic)


def channel_with_people(row: Channel, people: Sequence[UUID]) -> ChannelJson:
    """A channel whose metadata tell who takes part, which is where elizaOS's client looks before it changes that."""
    shape = channel(row)
    shape["metadata"] = {**shape["metadata"], "participantCentralUserIds": [str(who) for who in people]}
    return shape


def read_state(state: ReadState) -> ReadStateJson:
    return {"userId": str(state.entity_id), "lastReadSeq": state.seq}


def title(channel_id: UUID, found: Title) -> TitleJson:
    shape: TitleJson = {"title": found.text, "channelId": str(channel_id)}
    return given(shape, reason=found.reason)
