"""Store: what an agent's mind asks of its memory. ``eliza.memory`` answers from the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from eliza.runtime.turn import Person, Said


@dataclass(frozen=True, slots=True)
class Remembered:
    """A memory that came back because it is near in meaning.

    ``similarity`` is the cosine, 1 for the same text. ``channel_id`` and ``author_id`` say where and by whom it was
    said; what was said nowhere in particular, an agent knows everywhere.
    """

    id: UUID
    table: str
    text: str
    similarity: float
    channel_id: UUID | None = None
    author_id: UUID | None = None


class Store(Protocol):
    def conversation(self, channel_id: UUID, *, until_seq: int, limit: int) -> list[Said]:
        """The last ``limit`` messages of the channel up to and including ``until_seq``, oldest first."""
        ...

    def people(self, channel_id: UUID) -> list[Person]:
        """Everyone who takes part in the channel, agents included."""
        ...

    def nearest(
        self, agent_id: UUID, vector: Sequence[float], *, model: str, channel_id: UUID, limit: int
    ) -> list[Remembered]:
        """The agent's memories nearest to ``vector``, nearest first; only those that the same ``model`` embedded.

        What was said in another channel than ``channel_id`` is not among them, whoever asks: people tell an agent in
        one what is not for those in another.
        """
        ...
