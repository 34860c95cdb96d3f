"""Server bodies: what clients send about a message server, and about those who come to its channels."""

from uuid import UUID

from pydantic import AliasChoices, Field, field_validator

from eliza.http.body import Name
from eliza.http.envelope import Json
from eliza.messaging.bodies import Body
from eliza.messaging.mirrors import Mirror

_MOST = 1000


class ServerChange(Body):
    name: Name | None = None
    metadata: Json | None = None


class MirroredChannel(Body):
    name: Name
    type: str = Field(default="GROUP", pattern=r"^[A-Z_]{1,32}$")
    source_id: str | None = Field(
        default=None, validation_alias=AliasChoices("sourceId", "source_id"), min_length=1, max_length=200
    )
    topic: str | None = Field(default=None, max_length=1000)
    metadata: Json | None = None

    def mirror(self) -> Mirror:
        return Mirror(self.name, self.type, self.source_id, self.topic, self.metadata or {})


class Sync(Body):
    channels: list[MirroredChannel] = Field(max_length=_MOST)


class Newcomers(Body):
    """One or several people who are to take part."""

    people: list[UUID] = Field(
        validation_alias=AliasChoices("userIds", "participantCentralUserIds", "participants", "userId", "entityId"),
        min_length=1,
        max_length=_MOST,
    )

    @field_validator("people", mode="before")
    @classmethod
    def _one_is_a_list_of_one(cls, value: object) -> object:
        return value if isinstance(value, list) else [value]
