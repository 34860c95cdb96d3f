"""Components: what an agent is made of: actions it can take, providers that tell it things, evaluators that look back.

All three are values with functions in them, so that a plugin is a list and a test needs no subclass. A component that
raises spoils only its own part of the turn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from eliza.llm.types import ModelType, Prompt
from eliza.runtime.character import Character
from eliza.runtime.files import Seen
from eliza.runtime.store import Store
from eliza.runtime.turn import NewMemory, Otherwise, Person, Place, Reply, Said


@dataclass(frozen=True, slots=True)
class Scene:
    """What a component sees of the turn it is asked in.

    ``recent`` is the conversation, oldest first, ``message`` its last line, ``attachments`` what came along with it.
    ``actions`` are those that can be taken here. ``ask`` puts a prompt to a model, counts its tokens in the turn, and
    raises a ``ModelError``. The time is ``now``, so that a turn can be played again.
    """

    agent_id: UUID
    character: Character
    place: Place
    message: Said
    recent: tuple[Said, ...]
    people: tuple[Person, ...]
    actions: tuple["Action", ...]
    now: datetime
    store: Store
    ask: Callable[[ModelType, Prompt], str]
    attachments: tuple[Seen, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """What every log line about the agent carries."""
        return {"agent": self.character.name, "agent_id": str(self.agent_id)}


@dataclass(frozen=True, slots=True)
class Call:
    """One taking of an action.

    ``key`` is the same when the turn is tried again after a crash: an action with effects outside hands it on as its
    idempotency key. ``told`` and ``values`` are what the providers gave, ``earlier`` the results of
    the actions before this one.
    """

    key: str
    thought: str
    text: str
    told: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    earlier: tuple["ActionResult", ...] = ()


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What came of an action. ``text`` is what the agent says because of it; empty says nothing."""

    success: bool
    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)
    error: str = ""


def always(_scene: Scene) -> bool:
    return True


class Risk(StrEnum):
    """What an action can do to the world outside the conversation."""

    NONE = "none"
    """It only reads or speaks; MCP calls that ``readOnlyHint``."""
    LOW = "low"
    """It changes something that can be undone: a draft, a calendar entry, a light."""
    HIGH = "high"
    """It cannot be undone, costs money, or speaks for people elsewhere; MCP calls that ``destructiveHint``."""

    def reaches(self, other: "Risk") -> bool:
        order = list(Risk)
        return order.index(self) >= order.index(other)


Threshold = Literal["never", "high", "low"]


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """The risk from which actions need an approval, and how long people have to decide.

    A character's ``settings.approval`` and an action's own fields take precedence.
    """

    threshold: Threshold = "high"
    patience: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Action:
    """Something an agent can do. The model is shown ``name`` and ``description`` where ``validate`` holds.

    It needs an approval if its ``risk`` reaches the agent's threshold, or always with ``needs_approval``. ``patience``
    is how long people have to decide; None means the server's default. If nobody decides, ``otherwise`` applies.
    """

    name: str
    description: str
    handle: Callable[[Scene, Call], ActionResult]
    validate: Callable[[Scene], bool] = always
    similes: tuple[str, ...] = ()
    """Other names by which a model may ask for it."""
    risk: Risk = Risk.NONE
    needs_approval: bool = False
    summary: Callable[[Scene, Call], str] | None = None
    """Describes what it is about to do, for the people who decide. The default is its name and what the agent said."""
    patience: timedelta | None = None
    otherwise: Otherwise = "denied"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a provider returns: ``text`` for the prompt, ``values`` for the placeholders of templates.

    Both are inserted into the prompt as they are. Content from people, pages, files or other programs belongs in
    ``material``, which is added after the text and marked as data. To mark such content inside a text or a value, use
    ``eliza.runtime.prompts.as_data``.
    """

    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)
    material: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """A source of what an agent should know before it thinks. Lower ``position`` comes first in the prompt."""

    name: str
    description: str
    get: Callable[[Scene], Knowledge]
    position: int = 0


@dataclass(frozen=True, slots=True)
class Evaluator:
    """A look back after a reply: what of the exchange is worth keeping."""

    name: str
    description: str
    handle: Callable[[Scene, tuple[Reply, ...]], tuple[NewMemory, ...]]
    validate: Callable[[Scene], bool] = always
