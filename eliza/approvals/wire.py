"""Wire: approvals as clients know them. Moments are milliseconds since the epoch."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from eliza.clock import milliseconds
from eliza.events import Approval, ApprovalStatus
from eliza.http.envelope import Id, given
from eliza.ids import action_id


class ApprovalJson(TypedDict):
    """``actionId`` is the id of the ``agent_action`` message that shows the action on sockets."""

    id: Id
    turnId: Id
    messageId: Id
    channelId: Id
    agentId: Id
    agentName: str
    requestedBy: Id
    requestedByName: NotRequired[str]
    action: str
    actionId: Id
    risk: str
    summary: str
    status: ApprovalStatus
    otherwise: Literal["approved", "denied"]
    deadline: int
    createdAt: int
    decidedAt: NotRequired[int]
    decidedBy: NotRequired[Id]
    decidedByName: NotRequired[str]


def approval(approval: Approval) -> ApprovalJson:
    shape: ApprovalJson = {
        "id": str(approval.id),
        "turnId": str(approval.turn_id),
        "messageId": str(approval.message_id),
        "channelId": str(approval.channel_id),
        "agentId": str(approval.agent_id),
        "agentName": approval.agent_name,
        "requestedBy": str(approval.requester_id),
        "action": approval.action,
        "actionId": str(action_id(approval.turn_id, approval.step)),
        "risk": approval.risk,
        "summary": approval.summary,
        "status": approval.status,
        "otherwise": approval.otherwise,
        "deadline": milliseconds(approval.deadline),
        "createdAt": milliseconds(approval.created_at),
    }
    return given(
        shape,
        requestedByName=approval.requester_name,
        decidedAt=milliseconds(approval.decided_at) if approval.decided_at else None,
        decidedBy=str(approval.decided_by) if approval.decided_by else None,
        decidedByName=approval.decided_by_name,
    )
