"""Replies: for whoever waits, how each agent's turn on a message goes and ends."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gevent.queue import Empty, SimpleQueue
from peewee import JOIN

from eliza.clock import Clock
from eliza.db import Database, Statement, param, tables
from eliza.events import UNFINISHED, Bus, Message, ReplyPiece, TurnChanged, TurnStatus
from eliza.messaging.messages import Messages

_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class TurnState:
    """How one agent's turn on a message stands; ``reason`` says why it ended, or what it waits for.

    ``approval_id`` is the approval that it waits for.
    """

    turn_id: UUID
    message_id: UUID
    agent_id: UUID
    agent_name: str
    status: TurnStatus
    reason: str | None
    approval_id: UUID | None = None

    @property
    def has_ended(self) -> bool:
        return self.status not in UNFINISHED

    @property
    def is_at_rest(self) -> bool:
        """True if it has ended or waits for an approval: no request should stay open for that."""
        return self.has_ended or self.status == "waiting"


class Replies:
    """Listens to the turns of this process and looks into the tables for those of others."""

    def __init__(self, database: Database, clock: Clock, bus: Bus, messages: Messages) -> None:
        self._database = database
        self._clock = clock
        self._messages = messages
        self._has_let_go = False
        self._waiting: defaultdict[UUID, list[SimpleQueue[ReplyPiece | TurnChanged]]] = defaultdict(list)
        bus.subscribe(ReplyPiece, self._hear)
        bus.subscribe(TurnChanged, self._hear)

    def let_go(self) -> None:
        """End all waiting, now and in the future: every waiting caller gets the state so far within a second."""
        self._has_let_go = True

    def states(self, message_id: UUID) -> list[TurnState]:
        """How the turns on this message stand."""
        with self._database.read():
            return [TurnState(*row) for row in self._database.run(_OF_MESSAGE, message=message_id)]

    def states_on(self, page: Sequence[Message]) -> dict[UUID, list[TurnState]]:
        """How the turns on these messages of one channel stand, by message."""
        if not page:
            return {}
        first, *_, last = sorted((page[0].seq, page[-1].seq))
        found: defaultdict[UUID, list[TurnState]] = defaultdict(list)
        with self._database.read():
            for row in self._database.run(_OF_PAGE, channel=page[0].channel_id, first=first, last=last):
                state = TurnState(*row)
                found[state.message_id].append(state)
        return found

    def follow(self, message_id: UUID, *, seconds: float) -> Iterator[ReplyPiece | None]:
        """Yield the previews of replies as they come, and None in every second of silence.

        Ends when every turn on the message has ended or waits for an approval, or when ``seconds`` have passed.
        """
        news: SimpleQueue[ReplyPiece | TurnChanged] = SimpleQueue()
        self._waiting[message_id].append(news)
        deadline = self._clock.monotonic() + seconds
        try:
            while not self._is_over(message_id) and not self._has_let_go and self._clock.monotonic() < deadline:
                yield from self._until_a_turn_ends(news, deadline)
        finally:
            self._forget(message_id, news)

    def wait(self, message_id: UUID, *, seconds: float) -> list[TurnState]:
        """The turns on a message, once they have all ended or wait for an approval, or after ``seconds``."""
        for _ in self.follow(message_id, seconds=seconds):
            pass
        return self.states(message_id)

    def written(self, states: Sequence[TurnState]) -> list[Message]:
        """The messages these turns brought forth, in the order of the channel."""
        replied = [state.turn_id for state in states if state.status == "replied"]
        found = [reply for turn_id in replied for reply in self._messages.of_turn(turn_id)]
        return sorted(found, key=lambda reply: reply.seq)

    def _until_a_turn_ends(
        self, news: "SimpleQueue[ReplyPiece | TurnChanged]", deadline: float
    ) -> Iterator[ReplyPiece | None]:
        while not self._has_let_go:
            patience = min(_LOOK_AGAIN_SECONDS, deadline - self._clock.monotonic())
            if patience <= 0:
                return
            try:
                item = news.get(timeout=patience)
            except Empty:
                yield None
                return
            if isinstance(item, ReplyPiece):
                yield item
            elif item.is_at_rest:
                return

    def _is_over(self, message_id: UUID) -> bool:
        return all(state.is_at_rest for state in self.states(message_id))

    def _hear(self, event: ReplyPiece | TurnChanged) -> None:
        for news in self._waiting.get(event.message_id, ()):
            news.put(event)

    def _forget(self, message_id: UUID, news: "SimpleQueue[ReplyPiece | TurnChanged]") -> None:
        self._waiting[message_id].remove(news)
        if not self._waiting[message_id]:
            del self._waiting[message_id]


_turn, _agent, _approval = tables.Turn, tables.Agent, tables.Approval


def _select() -> Any:
    columns = (_turn.id, _turn.message, _turn.agent, _agent.name, _turn.status, _turn.reason, _approval.id)
    undecided = (_approval.turn == _turn.id) & (_approval.status == "pending")
    return _turn.select(*columns).join(_agent).join(_approval, JOIN.LEFT_OUTER, on=undecided)


_OF_MESSAGE = Statement(lambda: _select().where(_turn.message == param("message", _turn.message)).order_by(_agent.id))
_OF_PAGE = Statement(
    lambda: (
        _select()
        .where((_turn.channel == param("channel", _turn.channel)) & _turn.seq.between(param("first"), param("last")))
        .order_by(_turn.seq, _agent.id)
    )
)
