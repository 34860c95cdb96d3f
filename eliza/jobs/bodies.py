"""Bodies: what elizaOS's clients send to jobs."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from eliza.http.envelope import Json
from eliza.http.paging import Paging
from eliza.http.query import between
from eliza.jobs.standing import Status
from eliza.messaging.bodies import OR_EMPTY, Body, within


class NewJob(Body):
    user_id: UUID = Field(validation_alias="userId")
    content: str = Field(min_length=1, max_length=50_000)
    agent_id: UUID | None = Field(default=None, validation_alias="agentId")
    metadata: Annotated[Json, OR_EMPTY, within(10_000)] = Field(default_factory=dict)
    timeout_ms: Annotated[int, Field(ge=1000, le=300_000)] | None = Field(default=None, validation_alias="timeoutMs")


class WhichJobs(Paging):
    limit: Annotated[int, between(1, 200)] = 50
    status: Status | None = None
