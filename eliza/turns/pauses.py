"""Pauses: turns that wait for an approval. Meanwhile they hold no worker and no lease, and block no other turn."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from eliza.approvals.approvals import Approvals
from eliza.budgets.budgets import Budgets
from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.rows import column
from eliza.events import ActionChanged, Approval, Bus
from eliza.ids import action_id
from eliza.runtime.turn import ApprovalNeeded, Decision, Pause, model_calls
from eliza.turns import statements
from eliza.turns.owner import Owner
from eliza.turns.turns import Claim, LeaseLost


class Pauses:
    def __init__(
        self, database: Database, clock: Clock, bus: Bus, approvals: Approvals, budgets: Budgets, *, owner: Owner
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._approvals = approvals
        self._budgets = budgets
        self._owner = owner

    def begin(self, claim: Claim, needed: ApprovalNeeded) -> None:
        """Suspend the turn and request its approval, in one transaction.

        Later turns of the channel overtake it: they must not wait an hour for a decision that is not theirs. Raises
        ``LeaseLost`` if another worker has the turn now.
        """

        def work() -> None:
            self._suspend(claim, needed.request.action)
            ids = {"turn_id": claim.id, "agent_id": claim.agent_id, "channel_id": claim.channel_id}
            approval = self._approvals.request(needed.request, needed.state, **ids)
            self._database.after_commit(self._announcement(claim, approval))
            # Book the cost so far now: otherwise any number of turns could wait without counting against a budget.
            self._budgets.book_so_far(claim.spender, model_calls(needed))

        self._database.write(work, order=claim.channel_id)

    def of(self, turn_id: UUID) -> Pause | None:
        """Where the turn stopped and what was decided since; None if it never paused."""
        approvals, state = self._approvals.of_turn(turn_id)
        return Pause(state, tuple(map(_decision, approvals))) if approvals else None

    def forget(self, turn_id: UUID) -> None:
        """Delete the saved state of a turn that has ended."""
        self._approvals.forget_state(turn_id)

    def _suspend(self, claim: Claim, action: str) -> None:
        turn = tables.Turn
        ours = (turn.id == claim.id) & (turn.owner == str(self._owner)) & (turn.attempt == claim.attempt)
        changes = {
            turn.status: "waiting",
            turn.reason: _reason(action),
            turn.owner: None,
            turn.lease_until: None,
            turn.attempt: turn.attempt - 1,  # Waiting is not a failed attempt.
        }
        if not column(turn.update(changes).where(statements.RUNNING & ours).returning(turn.id)):
            raise LeaseLost

    def _announcement(self, claim: Claim, approval: Approval) -> Callable[[], None]:
        shown = _shown(approval, self._clock.now())
        waiting = claim.changed("waiting", reason=_reason(approval.action))

        def tell() -> None:
            self._bus.publish(shown)
            self._bus.publish(waiting)

        return tell


def _reason(action: str) -> str:
    return f"waits for somebody to allow {action}"


def _decision(approval: Approval) -> Decision:
    return Decision(approval.step, approval.action, approval.is_granted, _why(approval))


def _why(approval: Approval) -> str:
    if approval.status == "expired":
        return "nobody decided in time"
    return f"{approval.decided_by_name or 'somebody'} said no"


def _shown(approval: Approval, now: datetime) -> ActionChanged:
    """For clients that show running actions but know nothing of approvals."""
    return ActionChanged(
        action_id=action_id(approval.turn_id, approval.step),
        turn_id=approval.turn_id,
        channel_id=approval.channel_id,
        agent_id=approval.agent_id,
        agent_name=approval.agent_name,
        action=approval.action,
        status="waiting",
        text=approval.summary,
        at=now,
    )
