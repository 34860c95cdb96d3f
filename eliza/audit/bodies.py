"""Bodies: what is asked of the audit log."""

from pydantic import Field

from eliza.audit.audit import Sought
from eliza.http.paging import Paging
from eliza.http.query import Limit, Moment


class AuditQuery(Paging):
    """``action`` is one like ``agent.delete``, or a noun like ``agent`` for all that befell it."""

    limit: Limit = 100
    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: Moment | None = Field(default=None, validation_alias="from")
    until: Moment | None = Field(default=None, validation_alias="to")

    @property
    def sought(self) -> Sought:
        return Sought(self.actor, self.action, self.target, self.since, self.until)
