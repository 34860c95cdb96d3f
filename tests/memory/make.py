"""Make: an agent whose memory a test fills, asks and looks into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from eliza.db import tables
from eliza.ids import new_id, unique_to
from eliza.memory.vectors import pack
from eliza.testing.clock import NOON
from tests.house_kit import Answer, House, Json, Room


@dataclass(frozen=True)
class Someone:
    """An agent, and what its people ask of its memory over REST."""

    house: House
    id: UUID
    name: str = "Eliza"

    def remembers(
        self,
        text: str,
        *,
        room: UUID | None = None,
        table: str = "messages",
        second: int = 0,
        vector: Sequence[float] = (),
    ) -> UUID:
        """A memory as a turn would have left it, so many seconds after noon; its id."""
        memory_id, at = new_id(), NOON + timedelta(seconds=second)

        def work() -> None:
            tables.Memory.create(
                id=memory_id,
                type=table,
                content={"text": text},
                entity_id=self.id,
                agent=self.id,
                room_id=room,
                metadata={"type": "message"},
                created_at=at,
            )
            if vector:
                tables.Embedding.create(
                    memory=memory_id, model="m", dimension=len(vector), vector=pack(vector), created_at=at
                )

        self.house.server.database.write(work)
        return memory_id

    def talks(self, person: str, text: str = "Hi!") -> Room:
        """Somebody says something to the agent, which answers and remembers both; the channel."""
        room = self.house.private(person, self.id)
        room.asks(person, text)
        room.settles()
        return room

    def room_of(self, channel: Room) -> UUID:
        """The id under which the agent knows a channel."""
        return unique_to(self.id, channel.id)

    def asked(self, path: str, *, method: str = "GET", under: str = "memory", **request: Any) -> Answer:
        return self.house.http.open(f"/api/{under}/{self.id}/{path}", method=method, **request)

    def memories(self, path: str = "memories", **query: Any) -> list[Json]:
        answer = self.asked(path, query_string=query)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json["data"]["memories"]
        return found

    def texts(self, path: str = "memories", **query: Any) -> list[str]:
        return [one["content"]["text"] for one in self.memories(path, **query)]

    def corrects(self, memory_id: UUID, **body: Any) -> Answer:
        return self.asked(f"memories/{memory_id}", method="PATCH", json=body)

    def kept(self) -> list[str]:
        """The texts of all its memories in the database, in alphabetical order."""
        with self.house.server.database.read():
            return sorted(row.content["text"] for row in tables.Memory.select().where(tables.Memory.agent == self.id))
