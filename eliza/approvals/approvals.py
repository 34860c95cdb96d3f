"""Approvals: actions that wait until somebody approves or denies them. Stored, so that they survive a restart."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from eliza.access.principal import Forbidden
from eliza.clock import Clock
from eliza.db import Database, Statement, param, tables
from eliza.db.paging import Page, page_of
from eliza.db.participation import channels_of, exists
from eliza.db.rows import column
from eliza.errors import Conflict, NotFound
from eliza.events import Approval, ApprovalDecided, ApprovalRequested, ApprovalStatus, Bus
from eliza.runtime.turn import ApprovalRequest

Verdict = Literal["approved", "denied"]

_row, _turn, _agent, _message = tables.Approval, tables.Turn, tables.Agent, tables.Message


class ApprovalNotFound(NotFound):
    code = "APPROVAL_NOT_FOUND"

    def __init__(self, approval_id: UUID | str) -> None:
        super().__init__(f"Approval {approval_id} not found")


class AlreadyDecided(Conflict):
    """Somebody else decided first, or the deadline has passed."""

    code = "ALREADY_DECIDED"

    def __init__(self, approval: Approval) -> None:
        super().__init__(
            f"{approval.action} has already been decided: {approval.status}", details={"status": approval.status}
        )


class NotByItself(Forbidden):
    """An agent tried to decide about its own action."""

    code = "NOT_BY_ITSELF"

    def __init__(self, approval: Approval) -> None:
        super().__init__(f"{approval.agent_name} cannot decide about its own action")


class Approvals:
    """``scope`` limits every query to the channels in which that entity takes part; None means all channels."""

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    def request(
        self, request: ApprovalRequest, state: Any, *, turn_id: UUID, agent_id: UUID, channel_id: UUID
    ) -> Approval:
        """Store what a turn waits for, inside its unit of work. ``ApprovalRequested`` is published after the commit."""
        now = self._clock.now()
        row = _row.create(
            turn=turn_id,
            step=request.step,
            agent=agent_id,
            channel=channel_id,
            action=request.action,
            risk=request.risk,
            summary=request.summary,
            status="pending",
            otherwise=request.otherwise,
            state=state,
            deadline=now + request.patience,
            created_at=now,
        )
        requested = _found(row.id, None)
        self._database.after_commit(lambda: self._bus.publish(ApprovalRequested(requested)))
        return requested

    def get(self, approval_id: UUID, *, scope: UUID | None = None) -> Approval:
        """Raises ``ApprovalNotFound``."""
        with self._database.read():
            return _found(approval_id, scope)

    def is_within(self, approval_id: UUID, entity_id: UUID) -> bool:
        """True if it belongs to a channel in which this entity takes part."""
        with self._database.read():
            return exists(_row, (_row.id == approval_id) & _row.channel.in_(channels_of(entity_id)))

    def page(
        self,
        *,
        limit: int,
        status: ApprovalStatus | None = None,
        channel_id: UUID | None = None,
        agent_id: UUID | None = None,
        scope: UUID | None = None,
        cursor: str | None = None,
    ) -> Page[Approval]:
        """Newest first."""
        query = _within(_with_names(), scope)
        for field, value in ((_row.status, status), (_row.channel, channel_id), (_row.agent, agent_id)):
            query = query if value is None else query.where(field == value)
        with self._database.read():
            page = page_of(query, by=(_row.created_at, _row.id), newest_first=True, limit=limit, cursor=cursor)
            return page.map(_approval)

    def decide(
        self, approval_id: UUID, verdict: Verdict, *, by: UUID, name: str | None = None, scope: UUID | None = None
    ) -> Approval:
        """Approve or deny an action; its turn then continues. A decision is final.

        Raises ``ApprovalNotFound``, ``NotByItself``, or ``AlreadyDecided``, also when the deadline has passed.
        """

        def work() -> Approval | None:
            approval = _found(approval_id, scope)
            if by == approval.agent_id:
                raise NotByItself(approval)
            now = self._clock.now()
            if approval.deadline <= now:
                self._settle(approval, "expired", now)
                return None
            return self._settle(approval, verdict, now, by=by, name=name)

        decided = self._database.write(work)
        if decided is None:
            raise AlreadyDecided(self.get(approval_id))
        return decided

    def expire(self) -> None:
        """Apply the default decision to every approval whose deadline has passed."""
        now = self._clock.now()
        with self._database.read():
            overdue = column(_row.select(_row.id).where((_row.status == "pending") & (_row.deadline <= now)))
        for approval_id in overdue:
            self._database.write(self._expiring(approval_id, now))

    def of_turn(self, turn_id: UUID) -> tuple[list[Approval], dict[str, Any]]:
        """All approvals of a turn by step, and the state from which the turn continues after the last one."""
        with self._database.read():
            if not self._database.run(_ANY_OF_TURN, turn=turn_id):  # True for nearly all turns.
                return [], {}
            rows = list(_with_names(_row.state).where(_row.turn == turn_id).order_by(_row.step))
        return [_approval(row) for row in rows], rows[-1].state or {}

    def forget_state(self, turn_id: UUID) -> None:
        """Delete the state of a turn that has ended."""
        self._database.write(lambda: _row.update(state=None).where(_row.turn == turn_id).execute())

    def _expiring(self, approval_id: UUID, now: datetime) -> Callable[[], object]:
        return lambda: self._settle(_found(approval_id, None), "expired", now)

    def _settle(
        self,
        approval: Approval,
        status: ApprovalStatus,
        now: datetime,
        *,
        by: UUID | None = None,
        name: str | None = None,
    ) -> Approval | None:
        """Decide if nobody has yet. The UPDATE itself checks that, so only one of two concurrent decisions counts."""
        changes = {"status": status, "decided_by": by, "decided_by_name": name, "decided_at": now}
        undecided = (_row.id == approval.id) & (_row.status == "pending")
        if not column(_row.update(changes).where(undecided).returning(_row.id)):
            return None
        waiting = (_turn.id == approval.turn_id) & (_turn.status == "waiting")
        _turn.update(status="pending").where(waiting).execute()
        decided = _found(approval.id, None)
        self._database.after_commit(lambda: self._bus.publish(ApprovalDecided(decided)))
        return decided


_ANY_OF_TURN = Statement(lambda: _row.select(_row.id).where(_row.turn == param("turn", _row.turn)).limit(1))


def _with_names(*more: Any) -> Any:
    """Approvals joined with the names to show. Leaves out the saved state of the turn, which is large."""
    own = [field for field in _row._meta.sorted_fields if field is not _row.state]
    beside = (
        _turn.message.alias("message_id"),
        _agent.name.alias("agent_name"),
        _message.author_id.alias("requester_id"),
        _message.author_name.alias("requester_name"),
    )
    query = _row.select(*own, *more, *beside).join(_turn).join(_message, on=(_turn.message == _message.id))
    return query.join(_agent, on=(_row.agent == _agent.id)).objects()


def _within(query: Any, scope: UUID | None) -> Any:
    return query if scope is None else query.where(_row.channel.in_(channels_of(scope)))


def _found(approval_id: UUID, scope: UUID | None) -> Approval:
    row = _within(_with_names(), scope).where(_row.id == approval_id).first()
    if row is None:
        raise ApprovalNotFound(approval_id)
    return _approval(row)


def _approval(row: Any) -> Approval:
    return Approval(
        id=row.id,
        turn_id=row.turn_id,
        step=row.step,
        message_id=row.message_id,
        channel_id=row.channel_id,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        requester_id=row.requester_id,
        requester_name=row.requester_name,
        action=row.action,
        risk=row.risk,
        summary=row.summary,
        status=row.status,
        otherwise=row.otherwise,
        deadline=row.deadline,
        created_at=row.created_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decided_by_name=row.decided_by_name,
    )
