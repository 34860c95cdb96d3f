"""Turn: one agent's handling of one message: what it is asked, what comes of it, and what it works on between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from eliza.llm.types import Usage
from eliza.runtime.records import ModelCall, Record

Status = Literal["replied", "ignored", "failed"]
ActionStatus = Literal["waiting", "executing", "completed", "failed"]
Otherwise = Literal["approved", "denied"]


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who takes part in a channel: a human or an agent."""

    id: UUID
    name: str
    is_agent: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a channel as an agent sees it.

    ``source`` says how it came (``client_chat``, ``discord`` …). ``metadata`` is what the sender attached: not trusted.
    """

    id: UUID
    seq: int
    author_id: UUID
    author_name: str
    is_agent: bool
    text: str
    in_reply_to: UUID | None
    metadata: Mapping[str, object]
    created_at: datetime
    source: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The channel a message was written in.

    ``type`` is one of elizaOS's channel types (``DM``, ``GROUP`` …). ``metadata["muted"]`` silences agents: True all
    of them, a list those whose ids it holds.
    """

    id: UUID
    type: str
    name: str
    agent_ids: tuple[UUID, ...]
    metadata: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """An action that needs an approval: its index in the turn (``step``, from 0) and what people are shown.

    If nobody decides within ``patience``, the decision is ``otherwise``.
    """

    step: int
    action: str
    risk: str
    summary: str
    patience: timedelta
    otherwise: Otherwise


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision about an ``ApprovalRequest``; ``reason`` is a text for people that says who made it."""

    step: int
    action: str
    approved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Where a turn stopped for approval: the ``state`` from ``ApprovalNeeded``, and the decisions made since."""

    state: Mapping[str, Any]
    decisions: tuple[Decision, ...]

    def decision(self, step: int) -> Decision | None:
        return next((decision for decision in self.decisions if decision.step == step), None)


@dataclass(frozen=True, slots=True)
class Question:
    """What a turn is about. ``hop`` counts the agents since a human last spoke, ``attempt`` the tries, from 1.

    With a ``pause`` the turn continues where it stopped, with the same plan.
    """

    turn_id: UUID
    place: Place
    message: Said
    hop: int
    attempt: int
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One message the agent wants to send. ``text`` is never empty."""

    text: str
    thought: str
    actions: tuple[str, ...]
    providers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewMemory:
    """Something the agent wants to keep; whoever finishes the turn stores it.

    ``content`` has the names of elizaOS's Content. ``message_id`` names the message it was made from; for a reply,
    which has no id yet, ``part`` says which of the outcome's replies it is. ``embedded_by`` names the model that made
    ``embedding``: vectors of different models do not compare.
    """

    table: str
    text: str
    content: Mapping[str, object]
    embedding: tuple[float, ...] | None = None
    embedded_by: str | None = None
    author_id: UUID | None = None
    message_id: UUID | None = None
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of work inside a turn, for the record. ``started_ms`` counts from the turn's start."""

    name: str
    started_ms: int
    duration_ms: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ended, and everything that is to be written because of it.

    ``reason`` is for people: it names neither secrets nor code. ``replied`` has at least one reply, the others none.
    ``timed_out`` tells the failures that are one of time. ``records`` are in the order in which they ended; the first
    ``earlier`` of them were made before the turn last waited.
    """

    status: Status
    reason: str
    replies: tuple[Reply, ...] = ()
    memories: tuple[NewMemory, ...] = ()
    model: str | None = None
    usage: Usage = field(default_factory=Usage)
    steps: tuple[Step, ...] = ()
    records: tuple[Record, ...] = ()
    timed_out: bool = False
    earlier: int = 0


class Listener(Protocol):
    """Whoever watches a turn while it runs. What it hears is a preview; the Outcome is what counts."""

    def step(self, name: str) -> None:
        """The agent now does ``name``: remembering, attending, composing, thinking, acting, reflecting."""
        ...

    def chunk(self, text: str) -> None:
        """The next piece of what the agent is about to say, without any markup."""
        ...

    def action(self, number: int, name: str, status: ActionStatus, text: str) -> None:
        """The agent now takes an action, the ``number``-th of the turn, or has taken it and says ``text`` for it."""
        ...


class ApprovalNeeded(Exception):
    """Raised when a turn cannot continue until somebody has decided about an action.

    ``state`` is plain JSON. With it and the decision in a ``Pause``, the turn can continue at any time, in any process.
    ``records`` are those made since the turn last paused.
    """

    def __init__(self, request: ApprovalRequest, state: Mapping[str, Any], records: tuple[Record, ...]) -> None:
        super().__init__(request.action)
        self.request = request
        self.state = state
        self.records = records


def model_calls(made: Outcome | ApprovalNeeded) -> list[ModelCall]:
    """The calls of text models since the turn began or last paused."""
    records = made.records if isinstance(made, ApprovalNeeded) else made.records[made.earlier :]
    return [record for record in records if isinstance(record, ModelCall)]


class Stop(Exception):
    """Raised by a step when there is nothing left to do: the turn ends with this status and reason."""

    def __init__(self, status: Literal["ignored", "failed"], reason: str) -> None:
        super().__init__(reason)
        self.status: Literal["ignored", "failed"] = status
        self.reason = reason
