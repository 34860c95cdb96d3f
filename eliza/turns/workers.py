"""Workers: they take the turns that wait and see each one through."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol
from uuid import UUID

import gevent
from gevent import Greenlet
from gevent.event import Event
from gevent.pool import Pool

from eliza import faults
from eliza.background import Background
from eliza.budgets.budgets import Budgets
from eliza.clock import Clock
from eliza.db.troubles import DatabaseUnavailable, is_for_ever
from eliza.errors import ElizaError
from eliza.events import (
    ActionChanged,
    AgentDeleted,
    ApprovalDecided,
    Bus,
    ChannelCleared,
    ChannelDeleted,
    MessageDeleted,
    MessagePosted,
    ReplyPiece,
)
from eliza.ids import action_id
from eliza.runtime.agent import Agent
from eliza.runtime.pipeline import Pipeline
from eliza.runtime.turn import ActionStatus, ApprovalNeeded, Outcome, Pause, Question, model_calls
from eliza.turns.pauses import Pauses
from eliza.turns.turns import Claim, LeaseLost, Turns

log = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS = 2.0
_CLAIM_SECONDS = 2.0
_BETWEEN_TRIES = (0.1, 0.5, 1, 2, 5, 5, 5, 5)
"""Seconds between the tries to end a turn while the database is away."""


class Minds(Protocol):
    """Who is running here. ``eliza.agents`` answers."""

    def running(self, agent_id: UUID) -> Agent | None: ...


class Questions(Protocol):
    """What a turn is about. ``eliza.turns.questions`` answers from the database."""

    def load(self, claim: Claim) -> Question | None: ...


class TurnWorkers:
    """Up to ``most`` turns at a time, each on its own greenlet; one agent handles a channel's messages in order."""

    def __init__(
        self,
        turns: Turns,
        pauses: Pauses,
        questions: Questions,
        minds: Minds,
        budgets: Budgets,
        pipeline: Pipeline,
        bus: Bus,
        background: Background,
        clock: Clock,
        *,
        most: int,
        lease_seconds: float,
        turn_seconds: float,
    ) -> None:
        self._turns = turns
        self._pauses = pauses
        self._questions = questions
        self._minds = minds
        self._budgets = budgets
        self._pipeline = pipeline
        self._bus = bus
        self._background = background
        self._clock = clock
        self._pool = Pool(most)
        self._most = most
        self._lease_seconds = lease_seconds
        self._turn_seconds = turn_seconds
        self._at_work: dict[UUID, Claim] = {}
        self._greenlets: dict[Claim, Greenlet[..., object]] = {}
        self._news = Event()
        self._stopping = False
        self._takes_no_more = Event()

    def start(self) -> None:
        """Take back what a dead predecessor held, then work until stopped."""
        recovered = self._turns.recover()
        if recovered:
            log.info("took back unfinished turns", extra={"count": recovered})
        self._bus.subscribe(MessagePosted, lambda _event: self.wake())
        self._bus.subscribe(ApprovalDecided, lambda _event: self.wake())
        self._bus.subscribe(MessageDeleted, self._message_deleted)
        self._bus.subscribe(ChannelCleared, self._channel_emptied)
        self._bus.subscribe(ChannelDeleted, self._channel_emptied)
        self._bus.subscribe(AgentDeleted, self._agent_deleted)
        self._background.every(self._lease_seconds / 3, self._heartbeat)
        self._background.every(min(self._lease_seconds / 3, 5), self._sweep)
        self._background.run(self._work)
        self.wake()

    def wake(self) -> None:
        self._news.set()

    def stop(self, timeout: float) -> None:
        """Let running turns end for up to ``timeout`` seconds; give the others back to whoever comes next."""
        self._stopping = True
        self.wake()
        # A running claim would otherwise start turns after everything else has stopped. It is short, so wait for it.
        self._takes_no_more.wait(max(timeout, _CLAIM_SECONDS))
        self._pool.join(timeout)
        self._pool.kill()
        _safely(self._turns.release)

    def _work(self) -> None:
        while not self._stopping:
            self._news.wait(_LOOK_AGAIN_SECONDS)
            self._news.clear()
            if not self._stopping:
                _safely(self._take_what_waits)
        self._takes_no_more.set()

    def _take_what_waits(self) -> None:
        # The pool itself learns a moment too late that a turn has ended, and whoever then waits would miss the place.
        free = self._most - len(self._at_work)
        for claim in self._turns.claim(free) if free else ():
            self._at_work[claim.id] = claim
            self._greenlets[claim] = self._pool.spawn(self._see_through, claim)

    def _see_through(self, claim: Claim) -> None:
        try:
            _safely(lambda: self._take(claim))
        finally:
            # Without its sign of life a turn that could not be ended comes free again. It may be ours once more.
            if self._at_work.get(claim.id) is claim:
                del self._at_work[claim.id]
            self._greenlets.pop(claim, None)
            self.wake()

    def _take(self, claim: Claim) -> None:
        self._bus.publish(claim.changed("running"))
        faults.point("think.started")
        pause = self._pauses.of(claim.id)
        made = self._think(claim, pause)
        faults.point("think.ended")
        # Do not interrupt it from here on: if its message is gone, storing the outcome notices that and books the cost.
        self._greenlets.pop(claim, None)
        try:
            self._store(claim, made, pause)
        except LeaseLost:
            log.warning("the turn was taken over, or its message deleted", extra=claim.labels)
            self._budgets.book_so_far(claim.spender, model_calls(made))

    def _store(self, claim: Claim, made: Outcome | ApprovalNeeded, pause: Pause | None) -> None:
        if isinstance(made, ApprovalNeeded):
            ended = self._persist(claim, made, lambda: self._pauses.begin(claim, made))
        else:
            ended = self._persist(claim, made, lambda: self._turns.finish(claim, made))
        if ended is None:
            log.info("turn paused", extra=claim.labels)
            return
        faults.point("finish.committed")
        log.info("turn ended", extra={**claim.labels, "status": ended.status, "reason": ended.reason})
        if pause is not None:
            self._pauses.forget(claim.id)

    def _persist(
        self, claim: Claim, made: Outcome | ApprovalNeeded, store: Callable[[], Outcome | None]
    ) -> Outcome | None:
        """How the turn ended; None if it paused."""
        try:
            return _patiently(claim, store)
        except LeaseLost:
            raise
        except Exception as error:
            log.exception("outcome not stored", extra=claim.labels)
            if not is_for_ever(error):
                raise
            reason = f"what {claim.agent_name} made of it could not be stored; the log says more"
            failed = Outcome("failed", reason)
            # Keep the cost even if the outcome itself cannot be stored.
            costly = replace(failed, model=made.model, usage=made.usage) if isinstance(made, Outcome) else failed
            return self._turns.finish(claim, costly)

    def _think(self, claim: Claim, pause: Pause | None) -> Outcome | ApprovalNeeded:
        # A paused turn already passed this check before it paused.
        objection = None if pause else self._turns.objection(claim)
        if objection is not None:
            return Outcome("ignored", objection)
        agent = self._minds.running(claim.agent_id)
        if agent is None:
            return Outcome("ignored", f"{claim.agent_name} is stopped")
        question = self._questions.load(claim)
        if question is None:
            return Outcome("ignored", "the message was deleted")
        # An agent that was removed from the channel while its turn was paused must not act there any more.
        if pause and agent.id not in question.place.agent_ids:
            return Outcome("ignored", f"{claim.agent_name} was taken out of the channel")
        return self._answer(claim, replace(question, pause=pause), agent)

    def _answer(self, claim: Claim, question: Question, agent: Agent) -> Outcome | ApprovalNeeded:
        budget = self._budgets.for_turn(claim.spender, agent)
        preview = _Preview(claim, self._bus, self._clock)
        try:
            return self._pipeline.take(question, agent, preview, seconds=self._turn_seconds, budget=budget)
        except gevent.GreenletExit:
            budget.book()
            raise
        except ApprovalNeeded as needed:
            return needed
        except ElizaError as failure:
            return Outcome("failed", failure.message)
        except Exception:
            log.exception("turn failed", extra=claim.labels)
            return Outcome("failed", "an internal error kept the agent from answering; the log says more")

    def _message_deleted(self, event: MessageDeleted) -> None:
        self._drop(lambda claim: claim.message_id == event.message_id, "the message was deleted")

    def _channel_emptied(self, event: ChannelCleared | ChannelDeleted) -> None:
        self._drop(lambda claim: claim.channel_id == event.channel_id, "the message was deleted")

    def _agent_deleted(self, event: AgentDeleted) -> None:
        self._drop(lambda claim: claim.agent_id == event.agent_id, "the agent was deleted")

    def _drop(self, which: Callable[[Claim], bool], reason: str) -> None:
        """Break off what nobody can be answered any more; its row is gone with what it was about."""
        for claim, greenlet in list(self._greenlets.items()):
            if which(claim):
                gevent.kill(greenlet)
                self._bus.publish(claim.changed("ignored", reason=reason))

    def _heartbeat(self) -> None:
        if self._at_work:
            self._turns.renew(list(self._at_work))

    def _sweep(self) -> None:
        if self._turns.sweep(list(self._at_work)):
            self.wake()


class _Preview:
    """What a turn shows while it runs."""

    def __init__(self, claim: Claim, bus: Bus, clock: Clock) -> None:
        self._claim = claim
        self._bus = bus
        self._clock = clock
        self._pieces = 0

    def step(self, name: str) -> None:
        self._bus.publish(self._claim.changed("running", step=name))

    def chunk(self, text: str) -> None:
        claim = self._claim
        self._bus.publish(
            ReplyPiece(
                claim.id, claim.message_id, claim.reply_id(), claim.channel_id, claim.agent_id, self._pieces, text
            )
        )
        self._pieces += 1

    def action(self, number: int, name: str, status: ActionStatus, text: str) -> None:
        claim = self._claim
        self._bus.publish(
            ActionChanged(
                action_id=action_id(claim.id, number),
                turn_id=claim.id,
                channel_id=claim.channel_id,
                agent_id=claim.agent_id,
                agent_name=claim.agent_name,
                action=name,
                status=status,
                text=text,
                at=self._clock.now(),
            )
        )


def _patiently(claim: Claim, store: Callable[[], Outcome | None]) -> Outcome | None:
    """Retry while the database is away, so that an answer is not lost and no model is asked again."""
    for seconds in _BETWEEN_TRIES:
        try:
            return store()
        except DatabaseUnavailable:
            log.warning("the database is away; the outcome waits", extra=claim.labels)
            gevent.sleep(seconds)
    return store()


def _safely(work: Callable[[], None]) -> None:
    try:
        work()
    except gevent.GreenletExit:
        raise
    except Exception:
        log.exception("turn work failed")
