"""ListStore: an agent's memory kept in lists, for tests without a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from eliza.runtime.store import Remembered
from eliza.runtime.turn import Person, Said


@dataclass(frozen=True, slots=True)
class _Kept:
    agent_id: UUID
    model: str
    vector: tuple[float, ...]
    memory: Remembered


class ListStore:
    """Fill it with ``say``, ``join`` and ``keep``; it answers as the store on the database does."""

    def __init__(self) -> None:
        self._said: dict[UUID, list[Said]] = {}
        self._people: dict[UUID, list[Person]] = {}
        self._kept: list[_Kept] = []

    def say(self, channel_id: UUID, *messages: Said) -> None:
        self._said.setdefault(channel_id, []).extend(messages)

    def join(self, channel_id: UUID, *people: Person) -> None:
        self._people.setdefault(channel_id, []).extend(people)

    def keep(self, agent_id: UUID, vector: Sequence[float], memory: Remembered, *, model: str) -> None:
        """Let the agent remember what ``model`` embedded; it comes back with the similarity that ``nearest`` finds."""
        self._kept.append(_Kept(agent_id, model, tuple(vector), memory))

    def conversation(self, channel_id: UUID, *, until_seq: int, limit: int) -> list[Said]:
        said = sorted(self._said.get(channel_id, []), key=lambda message: message.seq)
        return [message for message in said if message.seq <= until_seq][-limit:]

    def people(self, channel_id: UUID) -> list[Person]:
        return list(self._people.get(channel_id, []))

    def nearest(
        self, agent_id: UUID, vector: Sequence[float], *, model: str, channel_id: UUID, limit: int
    ) -> list[Remembered]:
        mine = [kept for kept in self._kept if (kept.agent_id, kept.model) == (agent_id, model)]
        here = [kept for kept in mine if kept.memory.channel_id in {None, channel_id}]
        found = [_scored(kept.memory, _dot(kept.vector, vector)) for kept in here]
        return sorted(found, key=lambda memory: -memory.similarity)[:limit]


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _scored(memory: Remembered, similarity: float) -> Remembered:
    return Remembered(
        id=memory.id,
        table=memory.table,
        text=memory.text,
        similarity=similarity,
        channel_id=memory.channel_id,
        author_id=memory.author_id,
    )
