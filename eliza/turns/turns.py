"""Turns: the rows of the turn protocol, each step one transaction.

A turn is ``pending`` until a process claims it, ``running`` while that process keeps its lease alive, and ends once as
``replied``, ``ignored`` or ``failed``. In between it may be ``waiting`` for an approval; see ``pauses``.
Only the owner of the current attempt can end it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import Expression

from eliza import faults
from eliza.budgets.budgets import Budgets, Spender
from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.rows import column, tuples
from eliza.events import Bus, TurnChanged, TurnStatus
from eliza.ids import reply_id, unique_to
from eliza.logs.agent_logs import AgentLogs
from eliza.logs.entries import EndedTurn
from eliza.memory.memories import Memories, Told
from eliza.messaging.messages import Draft, Messages
from eliza.runtime.turn import Outcome
from eliza.turns import statements, steps
from eliza.turns.guard import Limits, Line, objection
from eliza.turns.owner import Owner


@dataclass(frozen=True, slots=True)
class Claim:
    """A turn that is ours to take, ``attempt`` counted from 1."""

    id: UUID
    message_id: UUID
    channel_id: UUID
    agent_id: UUID
    seq: int
    hop: int
    attempt: int
    created_at: datetime
    started_at: datetime
    agent_name: str
    author_id: UUID

    @property
    def labels(self) -> dict[str, str]:
        """What every log line about the turn carries."""
        return {"turn": str(self.id), "agent": self.agent_name, "agent_id": str(self.agent_id)}

    @property
    def spender(self) -> Spender:
        """The turn, as budgets know it."""
        return Spender(self.id, self.message_id, self.agent_id, self.channel_id, self.author_id, self.hop)

    def reply_id(self, part: int = 0) -> UUID:
        """The id a reply will have, known before it is written and the same on every attempt."""
        return reply_id(self.id, part)

    def changed(self, status: TurnStatus, *, step: str | None = None, reason: str | None = None) -> TurnChanged:
        return TurnChanged(
            turn_id=self.id,
            message_id=self.message_id,
            reply_id=self.reply_id(),
            channel_id=self.channel_id,
            agent_id=self.agent_id,
            agent_name=self.agent_name,
            status=status,
            step=step,
            reason=reason,
        )


class LeaseLost(Exception):
    """The turn is no longer ours: it was taken back, or its message was deleted."""


class Turns:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        messages: Messages,
        memories: Memories,
        logs: AgentLogs,
        budgets: Budgets,
        *,
        owner: Owner,
        lease: timedelta,
        attempts: int,
        limits: Limits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._messages = messages
        self._memories = memories
        self._logs = logs
        self._budgets = budgets
        self._owner = owner
        self._lease = lease
        self._attempts = attempts
        self._limits = limits
        self._claim_waiting = statements.claim(database.dialect)

    def claim(self, limit: int) -> list[Claim]:
        """Take up to ``limit`` of the oldest turns whose agent has nothing earlier to finish in that channel."""
        now = self._clock.now()

        def work() -> list[Claim]:
            rows = self._database.run(
                self._claim_waiting, owner=str(self._owner), lease_until=now + self._lease, now=now, limit=limit
            )
            return sorted(map(self._claim, rows), key=lambda claim: (claim.created_at, claim.seq))

        claims = self._database.write(work)
        if claims:
            faults.point("claim.committed")
        return claims

    def finish(self, claim: Claim, outcome: Outcome) -> Outcome:
        """End the turn: its replies, memories and record in one transaction. Returns how it really ended.

        Raises ``LeaseLost`` if somebody else has it now; then nothing was written.
        """
        return self._database.write(lambda: self._finish(claim, outcome), order=claim.channel_id)

    def objection(self, claim: Claim) -> str | None:
        """Why the agent should not answer now, if agents have kept each other talking too long."""
        if claim.hop == 0:
            return None
        with self._database.read():
            return objection(self._last_lines(claim.channel_id), self._limits)

    def renew(self, turn_ids: Collection[UUID]) -> None:
        """A sign of life for the turns this process is working on."""
        until = self._clock.now() + self._lease
        ours = statements.RUNNING & (tables.Turn.owner == str(self._owner)) & tables.Turn.id.in_(list(turn_ids))
        self._database.write(lambda: tables.Turn.update(lease_until=until).where(ours).execute())

    def sweep(self, at_work: Collection[UUID] = ()) -> int:
        """Take back what lost its lease or its owner; returns how many turns came free or failed.

        What this process is ``at_work`` on it keeps: a clock that was set forward ends nobody's work here.
        """
        with self._database.read():
            owners = self._database.run(statements.OWNERS)
        if not owners:
            return 0
        now = self._clock.now()
        dead = [owner for (owner,) in owners if Owner.parse(owner).is_known_dead(seen_from=self._owner)]
        ours = (tables.Turn.owner == str(self._owner)) & tables.Turn.id.in_(list(at_work))
        lost = (tables.Turn.lease_until < now) | tables.Turn.owner.in_(dead or [""])
        return self._take_back(statements.RUNNING & lost & ~ours if at_work else statements.RUNNING & lost, now)

    def recover(self) -> int:
        """At start: take back what earlier lives of this server held. Returns how many."""
        if self._database.dialect == "sqlite":  # Nobody else can hold any: this process has the file to itself.
            return self._take_back(statements.RUNNING, self._clock.now())
        return self.sweep()

    def release(self) -> None:
        """Give back, uncounted, what this process still holds, so that another can go on at once."""
        turn = tables.Turn
        mine = statements.RUNNING & (turn.owner == str(self._owner))
        changes = {turn.status: "pending", turn.owner: None, turn.attempt: turn.attempt - 1, turn.started_at: None}
        self._database.write(lambda: turn.update(changes).where(mine).execute())

    def _claim(self, row: tuple[Any, ...]) -> Claim:
        _, message_id, _, agent_id, *_ = row
        name, author_id = self._database.run(statements.WHO, agent=agent_id, message=message_id)[0]
        return Claim(*(*row, name, author_id))

    def _finish(self, claim: Claim, outcome: Outcome) -> Outcome:
        self._database.lock(tables.Channel, claim.channel_id)
        outcome = self._within_limits(claim, outcome)
        now = self._clock.now()
        person_id = self._budgets.person_of(claim.spender)
        is_counted = self._end(claim, outcome, person_id, now)
        for part, reply in enumerate(outcome.replies):
            metadata = {
                "thought": reply.thought,
                "actions": list(reply.actions),
                "providers": list(reply.providers),
                "agentName": claim.agent_name,
                "isAgent": True,
            }
            self._messages.accept(
                Draft(
                    channel_id=claim.channel_id,
                    author_id=claim.agent_id,
                    author_name=claim.agent_name,
                    text=reply.text,
                    in_reply_to=claim.message_id,
                    source_type="agent_response",
                    raw={"text": reply.text, "thought": reply.thought, "actions": list(reply.actions)},
                    metadata=metadata,
                    message_id=claim.reply_id(part),
                    turn_id=claim.id,
                    part=part,
                    hop=claim.hop + 1,
                )
            )
        self._memories.keep(
            claim.agent_id,
            Told(claim.channel_id, claim.message_id, [claim.reply_id(part) for part in range(len(outcome.replies))]),
            outcome.memories,
        )
        self._logs.keep(_ended(claim, outcome, now), outcome.records)
        # Last, for other turns of the agent wait for these rows until the commit.
        self._budgets.book(claim.spender, person_id, outcome, is_counted=is_counted)
        ended = claim.changed(outcome.status, reason=outcome.reason)
        self._database.after_commit(lambda: self._bus.publish(ended))
        faults.point("finish.before_commit")
        return outcome

    def _within_limits(self, claim: Claim, outcome: Outcome) -> Outcome:
        """Look again under the channel's lock, since others may have spoken while this agent was thinking."""
        if claim.hop == 0 or outcome.status != "replied":
            return outcome
        reason = objection(self._last_lines(claim.channel_id), self._limits)
        if reason is None:
            return outcome
        return replace(outcome, status="ignored", reason=reason, replies=(), memories=())

    def _end(self, claim: Claim, outcome: Outcome, person_id: UUID | None, now: datetime) -> bool:
        """True if the turn was counted before. Raises ``LeaseLost``."""
        ended = self._database.run(
            statements.END,
            id=claim.id,
            owner=str(self._owner),
            attempt=claim.attempt,
            status=outcome.status,
            reason=outcome.reason,
            model=outcome.model,
            prompt_tokens=outcome.usage.prompt_tokens,
            completion_tokens=outcome.usage.completion_tokens,
            steps=steps.kept(outcome),
            person_id=person_id,
            ended_at=now,
        )
        if not ended:
            raise LeaseLost
        return ended[0][0] is not None

    def _last_lines(self, channel_id: UUID) -> list[Line]:
        last = self._database.run(statements.LAST_LINES, channel=channel_id, limit=self._limits.in_a_row + 1)
        return [Line(*row) for row in last][::-1]

    def _take_back(self, which: Expression, now: datetime) -> int:
        turn = tables.Turn
        reason = f"gave up after {self._attempts} attempts"
        failed = {turn.status: "failed", turn.reason: reason, turn.owner: None, turn.ended_at: now}
        again = {turn.status: "pending", turn.owner: None, turn.lease_until: None, turn.started_at: None}

        def work() -> int:
            # What comes back from the writes is what was taken back; a turn may end between a look and a write.
            spent = tuples(
                turn.update(failed).where(which & (turn.attempt >= self._attempts)).returning(*statements.CLAIM)
            )
            for claim in map(self._claim, spent):
                self._database.after_commit(_telling(self._bus, claim.changed("failed", reason=reason)))
            return len(spent) + len(column(turn.update(again).where(which).returning(turn.id)))

        return self._database.write(work)


def _ended(claim: Claim, outcome: Outcome, ended_at: datetime) -> EndedTurn:
    failed = "timeout" if outcome.timed_out else "error"
    return EndedTurn(
        turn_id=claim.id,
        agent_id=claim.agent_id,
        room_id=unique_to(claim.agent_id, claim.channel_id),
        author_id=claim.author_id,
        message_id=claim.message_id,
        status=failed if outcome.status == "failed" else "completed",
        reason=outcome.reason,
        started_at=claim.started_at,
        ended_at=ended_at,
    )


def _telling(bus: Bus, event: object) -> Callable[[], None]:
    return lambda: bus.publish(event)
