"""Components: what an agent is made of: actions it can take, providers that tell it things, evaluators that look back.

All three are values with functions in them, so that a plugin is a list and a test needs no subclass. A component that
raises spoils only its own part of the turn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from eliza.llm.types import ModelType, Prompt
from eliza.runtime.character import Character
from eliza.runtime.files import Seen
from eliza.runtime.store import Store
from eliza.runtime.turn import NewMemory, Person, Place, Reply, Said


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


@dataclass(frozen=True, slots=True)
class Action:
    """Something an agent can do. The model is shown ``name`` and ``description`` where ``validate`` holds."""

    name: str
    description: str
    handle: Callable[[Scene, Call], ActionResult]
    validate: Callable[[Scene], bool] = always
    similes: tuple[str, ...] = ()
    """Other names by which a model may ask for it."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a provider has to tell: ``text`` for the prompt, ``values`` for the placeholders of templates."""

    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)


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
