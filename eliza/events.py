"""Events: what can happen, as facts. They are told after they are stored, in the order they came about."""

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

log = logging.getLogger(__name__)

ActionStatus = Literal["waiting", "executing", "completed", "failed"]
ApprovalStatus = Literal["pending", "approved", "denied", "expired"]
TurnStatus = Literal["pending", "running", "waiting", "replied", "ignored", "failed"]
Fact = str | int | float | bool | None
UNFINISHED: frozenset[TurnStatus] = frozenset({"pending", "running", "waiting"})


@dataclass(frozen=True, slots=True)
class Message:
    """A message as everybody knows it. ``seq`` is its place in the channel, from 1 and without a gap."""

    id: UUID
    channel_id: UUID
    message_server_id: UUID
    seq: int
    author_id: UUID
    author_name: str | None
    is_agent: bool
    text: str
    created_at: datetime
    updated_at: datetime
    source_type: str | None = None
    source_id: str | None = None
    in_reply_to: UUID | None = None
    raw: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    hop: int = 0
    client_id: str | None = None
    """What the author's client called it before it had an ``id``."""


@dataclass(frozen=True, slots=True)
class MessagePosted:
    message: Message
    origin: str | None = None
    """The connection it came in on, which hears it in a form of its own."""


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A message says something else now, under the same id and in the same place."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageCompleted:
    """Whoever works on something for a channel from outside has come to its end."""

    channel_id: UUID
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    channel_id: UUID
    message_id: UUID


@dataclass(frozen=True, slots=True)
class ChannelCleared:
    channel_id: UUID


@dataclass(frozen=True, slots=True)
class ChannelDeleted:
    channel_id: UUID


@dataclass(frozen=True, slots=True)
class ChannelUpdated:
    channel_id: UUID
    channel: Mapping[str, Any]
    """The channel in its wire form."""


@dataclass(frozen=True, slots=True)
class ChannelRead:
    """Somebody has read a channel up to ``seq``."""

    channel_id: UUID
    entity_id: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class AgentDeleted:
    agent_id: UUID


@dataclass(frozen=True, slots=True)
class TurnChanged:
    """An agent took up a message, went on to the next ``step`` with it, or ended it with a ``reason``.

    While it is ``waiting``, nothing happens until somebody decides about its action.
    """

    turn_id: UUID
    message_id: UUID
    reply_id: UUID
    channel_id: UUID
    agent_id: UUID
    agent_name: str
    status: TurnStatus
    step: str | None = None
    reason: str | None = None

    @property
    def has_ended(self) -> bool:
        return self.status not in UNFINISHED

    @property
    def is_at_rest(self) -> bool:
        """True if the turn has ended or waits for a decision."""
        return self.has_ended or self.status == "waiting"


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """A preview of a reply that is being written. It may come to nothing; only ``MessagePosted`` is a fact."""

    turn_id: UUID
    message_id: UUID
    reply_id: UUID
    channel_id: UUID
    agent_id: UUID
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class LogWritten:
    """The server wrote a line to its log. ``level`` is elizaOS's number for it; most lines are about no agent."""

    at: datetime
    level: int
    text: str
    logger: str
    agent_id: str | None = None
    agent_name: str | None = None
    fields: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionChanged:
    """A preview of an action that an agent takes, or has just taken; the turn's run is what counts.

    ``action_id`` is the same from its beginning to its end. ``text`` is what the agent says because of it.
    """

    action_id: UUID
    turn_id: UUID
    channel_id: UUID
    agent_id: UUID
    agent_name: str
    action: str
    status: ActionStatus
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """An action that an agent may take only with somebody's approval, and the decision.

    If nobody decides before the ``deadline``, the status becomes ``expired`` and ``otherwise`` applies.
    ``requester_id`` is the author of the message that the agent answers with this action.
    """

    id: UUID
    turn_id: UUID
    step: int
    message_id: UUID
    channel_id: UUID
    agent_id: UUID
    agent_name: str
    requester_id: UUID
    requester_name: str | None
    action: str
    risk: str
    summary: str
    status: ApprovalStatus
    otherwise: Literal["approved", "denied"]
    deadline: datetime
    created_at: datetime
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    decided_by_name: str | None = None

    @property
    def is_granted(self) -> bool:
        return (self.otherwise if self.status == "expired" else self.status) == "approved"


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    approval: Approval


@dataclass(frozen=True, slots=True)
class ApprovalDecided:
    """Somebody decided, or the deadline passed."""

    approval: Approval


@dataclass(frozen=True, slots=True)
class PeopleLeft:
    """These people no longer take part in a channel."""

    channel_id: UUID
    people: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CredentialEnded:
    """A credential (``Principal.credential``) has ended or changed; its connections have to be opened again."""

    credential: str


E = TypeVar("E")


class Bus:
    """Tells subscribers what happened: every event to all of them, before the next event.

    ``publish`` returns at once. A subscriber that fails is logged and keeps nobody else from hearing; one that
    has slow work gives it away. ``run`` does the telling aside: ``Background.run``.
    """

    def __init__(self, run: Callable[[Callable[[], None]], None]) -> None:
        self._run = run
        self._subscribers: defaultdict[type, list[Callable[[Any], None]]] = defaultdict(list)
        self._waiting: deque[object] = deque()
        self._telling = False

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        self._subscribers[kind].append(listener)

    def unsubscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        self._subscribers[kind].remove(listener)

    def publish(self, event: object) -> None:
        self._waiting.append(event)
        if not self._telling:
            self._telling = True
            self._run(self._tell)

    def _tell(self) -> None:
        try:
            while self._waiting:
                event = self._waiting.popleft()
                for listener in tuple(self._subscribers[type(event)]):
                    _inform(listener, event)
        finally:
            self._telling = False


def _inform(listener: Callable[[Any], None], event: object) -> None:
    try:
        listener(event)
    except Exception:
        log.exception("a subscriber failed", extra={"event": type(event).__name__})
