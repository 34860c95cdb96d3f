"""Bodies: what clients send about approvals."""

from typing import Literal
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from eliza.approvals.approvals import Verdict
from eliza.events import ApprovalStatus
from eliza.http.paging import Paging

_VERDICTS: dict[str, Verdict] = {"approve": "approved", "deny": "denied"}


class WhichApprovals(Paging):
    status: ApprovalStatus | None = None
    channel_id: UUID | None = Field(default=None, validation_alias="channelId")
    agent_id: UUID | None = Field(default=None, validation_alias="agentId")


class NewDecision(BaseModel):
    """``entityId`` and ``entityName`` are for callers whose credential does not say who they are."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    decision: Literal["approve", "deny"]
    entity_id: UUID | None = Field(default=None, validation_alias=AliasChoices("entityId", "entity_id"))
    entity_name: str | None = Field(
        default=None, validation_alias=AliasChoices("entityName", "entity_name"), max_length=200
    )

    @property
    def verdict(self) -> Verdict:
        return _VERDICTS[self.decision]
