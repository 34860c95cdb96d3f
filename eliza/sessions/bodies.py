"""Bodies: what elizaOS's clients send to sessions."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from eliza.http.envelope import Json
from eliza.http.query import Moment, Query, between
from eliza.messaging.bodies import OR_EMPTY, Body, Transport, within
from eliza.sessions.timeouts import Wishes

Metadata = Annotated[Json, OR_EMPTY, within(10_240)]
Minutes = int | Annotated[float, Field(allow_inf_nan=False)] | None


class TimeoutConfig(Body):
    """How long a session is to last. A null leaves it to others; ``NaN`` becomes one in JavaScript's JSON."""

    minutes: Minutes = Field(default=None, validation_alias="timeoutMinutes")
    auto_renew: bool | None = Field(default=None, validation_alias="autoRenew")
    longest_minutes: Minutes = Field(default=None, validation_alias="maxDurationMinutes")
    warning_minutes: Minutes = Field(default=None, validation_alias="warningThresholdMinutes")

    @property
    def wishes(self) -> Wishes:
        return Wishes(**self.model_dump())


class NewSession(Body):
    agent_id: UUID = Field(validation_alias="agentId")
    user_id: UUID = Field(validation_alias="userId")
    metadata: Metadata = Field(default_factory=dict)
    timeout_config: TimeoutConfig | None = Field(default=None, validation_alias="timeoutConfig")


class NewSessionMessage(Body):
    content: str = Field(min_length=1, max_length=4000)
    attachments: list[Json] | None = None
    metadata: Metadata = Field(default_factory=dict)
    transport: Transport = Field(default="websocket", validation_alias=AliasChoices("transport", "mode"))


class SessionHistory(Query):
    """Which messages of a session: the newest, those before a moment, or the next ones after one."""

    limit: Annotated[int, between(1, 100)] = 50
    before: Moment | None = None
    after: Moment | None = None
