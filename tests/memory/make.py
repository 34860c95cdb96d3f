"""Make: memories as turns would have left them, at moments of the test's choosing."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from eliza.db import tables
from eliza.ids import new_id
from eliza.memory.vectors import pack
from eliza.testing.clock import NOON
from tests.house_kit import House


def memory(
    house: House,
    text: str,
    *,
    agent: UUID | None = None,
    room: UUID | None = None,
    table: str = "messages",
    second: int = 0,
    vector: Sequence[float] = (),
) -> UUID:
    """A memory of Eliza's, unless it is another agent's, so many seconds after noon; its id."""
    memory_id = new_id()
    at = NOON + timedelta(seconds=second)

    def work() -> None:
        tables.Memory.create(
            id=memory_id,
            type=table,
            content={"text": text},
            entity_id=agent or house.eliza,
            agent=agent or house.eliza,
            room_id=room,
            metadata={"type": "message"},
            created_at=at,
        )
        if vector:
            tables.Embedding.create(
                memory=memory_id, model="m", dimension=len(vector), vector=pack(vector), created_at=at
            )

    house.server.database.write(work)
    return memory_id


def kept(house: House) -> list[str]:
    """The texts of all memories there are, of every agent, in alphabetical order."""
    with house.server.database.read():
        return sorted(row.content["text"] for row in tables.Memory.select())
