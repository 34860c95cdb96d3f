"""World wire: worlds as elizaOS's clients know them, and what they send."""

from typing import Literal
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from eliza.http.body import Name
from eliza.http.envelope import Id, Iso, Json, iso
from eliza.memory.worlds import World, WorldDraft


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class NewWorld(_Body):
    """A new world by its ``name``, or one that exists by its id, in which the agent shall be too."""

    name: Name | None = None
    world_id: UUID | None = Field(default=None, validation_alias="worldId")
    message_server_id: UUID | None = Field(default=None, validation_alias=AliasChoices("messageServerId", "serverId"))
    metadata: Json | None = None

    @model_validator(mode="after")
    def _is_a_world(self) -> "NewWorld":
        if self.name is None and self.world_id is None:
            raise ValueError("needs a name, or the worldId of a world that exists")
        return self

    @property
    def draft(self) -> WorldDraft:
        joined = self.world_id if self.name is None else None
        return WorldDraft(self.name, joined, self.message_server_id, self.metadata)


class WorldChange(_Body):
    name: Name | None = None
    metadata: Json | None = None
    settings: Json | None = None

    @property
    def changes(self) -> Json:
        """What elizaOS's client calls the settings of a world is a key of its metadata."""
        settings = {} if self.settings is None else {"settings": self.settings}
        return {**(self.metadata or {}), **settings}


class WorldJson(TypedDict):
    id: Id
    agentId: Id
    name: str
    metadata: Json | None
    messageServerId: Id | None
    createdAt: Iso


class WorldsJson(TypedDict):
    worlds: list[WorldJson]


class AddedWorldJson(TypedDict):
    success: Literal[True]
    world: WorldJson


class ChangedWorldJson(TypedDict):
    worldId: Id
    settings: Json
    world: WorldJson


def world(one: World) -> WorldJson:
    return {
        "id": one.id,
        "agentId": one.agent_id,
        "name": one.name,
        "metadata": None if one.metadata is None else dict(one.metadata),
        "messageServerId": one.message_server_id,
        "createdAt": iso(one.created_at),
    }


def changed_world(one: World) -> ChangedWorldJson:
    settings = (one.metadata or {}).get("settings")
    return {
        "worldId": one.id,
        "settings": settings if isinstance(settings, dict) else {},
        "world": world(one),
    }
