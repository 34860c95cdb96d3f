"""Routes of approvals: what agents want to do and may not without leave, and the decision about it."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.approvals import bodies, wire
from eliza.approvals.approvals import Approvals
from eliza.audit.audit import Audit
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, ok
from eliza.http.paging import paged
from eliza.http.principal import current_principal, sender

bp = Blueprint("approvals", __name__, url_prefix="/api/approvals")
envelope.speak(bp, envelope.coded)


@bp.get("")
@api.returns(Ok[list[wire.ApprovalJson]], or_else={304: None})
def list_approvals(query: bodies.WhichApprovals) -> ResponseReturnValue:
    """Newest first."""
    page = current(Approvals).page(
        limit=query.limit,
        status=query.status,
        channel_id=query.channel_id,
        agent_id=query.agent_id,
        scope=current_principal().scope,
        cursor=query.cursor,
    )
    return paged(ok(page.map(wire.approval).items), page)


@bp.get("/<approval_id>")
@api.returns(Ok[wire.ApprovalJson])
def get_approval(approval_id: UUID) -> ResponseReturnValue:
    return ok(wire.approval(current(Approvals).get(approval_id, scope=current_principal().scope)))


@bp.post("/<approval_id>/decision")
@api.returns(Ok[wire.ApprovalJson])
def decide(approval_id: UUID, json: bodies.NewDecision) -> ResponseReturnValue:
    """The first decision counts. Later ones, and those after the deadline, are answered with 409."""
    approvals, scope = current(Approvals), current_principal().scope
    by = sender(json.entity_id, "entityId")
    name = current_principal().shown_name if by == current_principal().entity_id else json.entity_name
    decided = current(Audit).along(
        lambda: approvals.decide(approval_id, json.verdict, by=by, name=name, scope=scope),
        f"approval.{json.decision}",
        target=f"approval:{approval_id}",
    )
    return ok(wire.approval(decided))
