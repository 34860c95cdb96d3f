"""Bodies: what clients ask about the server's log, and what they add to it."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from eliza.http.envelope import Json
from eliza.http.query import Limit, Moment, Query
from eliza.logs.levels import LEVELS, Level
from eliza.logs.server_log import Sought

_ALIASES = {"warning": "warn", "critical": "fatal"}


def _level(value: object) -> object:
    name = str(value).lower()
    return _ALIASES.get(name, name)


def _filter(value: object) -> object:
    """``all`` stands for no filter, as the pages of elizaOS send it."""
    return None if value == "all" else value


class LineQuery(Query):
    since: Moment | None = None
    level: Annotated[Level | None, BeforeValidator(_filter), BeforeValidator(_level)] = None
    agent_name: Annotated[str | None, BeforeValidator(_filter)] = Field(default=None, validation_alias="agentName")
    agent_id: Annotated[UUID | None, BeforeValidator(_filter)] = Field(default=None, validation_alias="agentId")
    limit: Limit = 100

    @property
    def sought(self) -> Sought:
        level = LEVELS[self.level] if self.level else None
        return Sought(self.since, level, self.agent_name, str(self.agent_id) if self.agent_id else None)


class Report(BaseModel):
    """A line that a client wants to have noted."""

    model_config = ConfigDict(extra="ignore")

    level: Annotated[Level, BeforeValidator(_level)] = "info"
    message: str = Field(validation_alias=AliasChoices("message", "msg"), min_length=1, max_length=4000)
    source: str = Field(default="client", max_length=200)
    metadata: Json = Field(default_factory=dict)


class Reports(BaseModel):
    model_config = ConfigDict(extra="ignore")

    logs: list[Report] = Field(default_factory=list, max_length=100)
