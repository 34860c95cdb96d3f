"""Bodies: what elizaOS's clients ask and send about memories and rooms, under every name they have for it."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

from eliza.http.body import Name
from eliza.http.envelope import Json
from eliza.http.paging import Paging
from eliza.http.query import Limit, Moment, Skipping, between
from eliza.ids import unique_to
from eliza.memory.recollections import Correction, Sought
from eliza.memory.rooms import RoomDraft


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


def _as_content(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class MemoryQuery(Skipping, Paging):
    table: str = Field(default="messages", validation_alias=AliasChoices("tableName", "type"))
    include_embedding: bool = Field(default=False, validation_alias="includeEmbedding")
    search: str | None = None
    since: Moment | None = Field(default=None, validation_alias="from")
    until: Moment | None = Field(default=None, validation_alias="to")
    before: Moment | None = None
    page: Annotated[int, between(1, 10**9)] = 1

    def sought(self, room_id: UUID | None, person: UUID | None) -> Sought:
        return Sought(self.table, room_id, self.search, self.since, self.until, self.before, person)


class AgentMemoryQuery(MemoryQuery):
    """In all rooms, or in one: by the id it has for the agent, or by its channel's."""

    room_id: UUID | None = Field(default=None, validation_alias="roomId")
    channel_id: UUID | None = Field(default=None, validation_alias="channelId")

    def room_of(self, agent_id: UUID) -> UUID | None:
        return unique_to(agent_id, self.channel_id) if self.channel_id else self.room_id


class RoomMemoryQuery(MemoryQuery):
    limit: Limit = 20


class MemoryChange(Body):
    """A content that is only a text stands for ``{"text": …}``."""

    content: Annotated[Json | None, BeforeValidator(_as_content)] = None
    metadata: Json | None = None
    embedding: list[FiniteFloat] | None = Field(default=None, min_length=1, max_length=16_000)

    @property
    def correction(self) -> Correction:
        return Correction(self.content, self.metadata, self.embedding)


class NewRoom(Body):
    name: Name
    type: str = Field(default="DM", pattern=r"^[A-Z_]{1,32}$")
    source: str = Field(default="client", min_length=1, max_length=200)
    message_server_id: UUID | None = Field(default=None, validation_alias=AliasChoices("messageServerId", "serverId"))
    world_id: UUID | None = Field(default=None, validation_alias="worldId")
    metadata: Json | None = None

    @property
    def draft(self) -> RoomDraft:
        return RoomDraft(self.name, self.type, self.source, self.message_server_id, self.world_id, self.metadata)


class NewGroup(Body):
    """Without ``agentIds`` all agents of the message server are meant."""

    agent_ids: list[UUID] | None = Field(default=None, validation_alias="agentIds", min_length=1, max_length=1000)
    name: Name = "Group"
    world_id: UUID | None = Field(default=None, validation_alias="worldId")
    metadata: Json | None = None
