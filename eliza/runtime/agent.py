"""Agent: what is running when an agent runs: who it is and what it can do. It holds no state of a turn."""

from dataclasses import dataclass
from uuid import UUID

from eliza.runtime.character import Character
from eliza.runtime.components import Action, Evaluator, Provider


@dataclass(frozen=True, slots=True)
class Agent:
    """A character with its components, in the order they are tried. One value serves any number of turns at once."""

    id: UUID
    character: Character
    actions: tuple[Action, ...] = ()
    providers: tuple[Provider, ...] = ()
    evaluators: tuple[Evaluator, ...] = ()

    @property
    def name(self) -> str:
        return self.character.name
