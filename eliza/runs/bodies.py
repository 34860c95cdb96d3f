"""Bodies: what clients ask about runs and logs, under every name they have for it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, BeforeValidator, Field

from eliza.http.paging import Paging
from eliza.http.query import Limit, Moment, Skipping, between
from eliza.logs import agent_logs
from eliza.runs import runs


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Counted(Skipping, Paging):
    """What runs and logs are asked alike."""

    room_id: UUID | None = Field(default=None, validation_alias="roomId")
    since: Moment | None = Field(default=None, validation_alias="from")
    until: Moment | None = Field(default=None, validation_alias="to")


class RunQuery(Counted):
    limit: Annotated[int, between(1, 100)] = 20
    status: Literal["started", "completed", "timeout", "error", "all"] = "all"

    @property
    def sought(self) -> runs.Sought:
        return runs.Sought(None if self.status == "all" else self.status, self.room_id, self.since, self.until)


class LogQuery(Counted):
    limit: Limit = Field(default=10, validation_alias=AliasChoices("limit", "count"))
    type: str | None = None
    without: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        default=[], validation_alias="excludeTypes", max_length=100
    )
    level: str | None = None
    search: str | None = None

    @property
    def sought(self) -> agent_logs.Sought:
        return agent_logs.Sought(
            type=self.type,
            room_id=self.room_id,
            without=self.without,
            level=None if self.level == "all" else self.level,
            search=self.search,
            since=self.since,
            until=self.until,
        )
