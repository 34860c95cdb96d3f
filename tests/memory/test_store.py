"""Store: what an agent's mind may rely on, whether its memory is kept in a database or in the kit's lists."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

import pytest

from eliza.db import Database
from eliza.ids import to_uuid
from eliza.runtime.store import Remembered, Store
from eliza.runtime.turn import NewMemory, Outcome, Person, Said
from eliza.testing.clock import NOON
from eliza.testing.store import ListStore
from tests.house_kit import id_of
from tests.spine import Spine

MODEL = "scripted/vectors"


class Filling(Protocol):
    """A store that a test can fill."""

    store: Store
    agent: UUID
    channel: UUID

    def say(self, who: str, text: str) -> None: ...

    def remember(self, text: str, vector: Sequence[float], *, model: str = MODEL, by: str = "Ada") -> None: ...


class InDatabase:
    def __init__(self, spine: Spine) -> None:
        self._spine = spine
        self.store: Store = spine.conversation
        self.agent = spine.agent("Eliza")
        self.channel = spine.channel("Ada", "Bob", self.agent)

    def say(self, who: str, text: str) -> None:
        author = self.agent if who == "Eliza" else id_of(who)
        self._spine.say(self.channel, author, text, author_name=who)

    def remember(self, text: str, vector: Sequence[float], *, model: str = MODEL, by: str = "Ada") -> None:
        self._spine.say(self.channel, "Ada", f"Remember: {text}", author_name="Ada")
        memory = NewMemory("facts", text, {}, embedding=tuple(vector), embedded_by=model, author_id=id_of(by))
        turns = self._spine.turns()
        [claim] = turns.claim(1)
        turns.finish(claim, Outcome("ignored", "noted", memories=(memory,)))


class InLists:
    def __init__(self) -> None:
        self._list = ListStore()
        self.store: Store = self._list
        self.agent, self.channel = to_uuid("Eliza"), to_uuid("room")
        everybody = [Person(id_of(name), name, name == "Eliza") for name in ("Ada", "Bob", "Eliza")]
        self._list.join(self.channel, *sorted(everybody, key=lambda person: str(person.id)))
        self._said = 0

    def say(self, who: str, text: str) -> None:
        self._said += 1
        message_id = to_uuid(f"message {self._said}")
        said = Said(message_id, self._said, id_of(who), who, who == "Eliza", text, None, {}, NOON)
        self._list.say(self.channel, said)

    def remember(self, text: str, vector: Sequence[float], *, model: str = MODEL, by: str = "Ada") -> None:
        memory = Remembered(to_uuid(text), "facts", text, 0, self.channel, id_of(by))
        self._list.keep(self.agent, vector, memory, model=model)


@pytest.fixture(params=["lists", "sqlite", "postgres"])
def filling(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Filling]:
    if request.param == "lists":
        yield InLists()
        return
    is_sqlite = request.param == "sqlite"
    url = "" if is_sqlite else request.getfixturevalue("postgres_url")
    database = Database.open_sqlite(data_dir / "eliza.db") if is_sqlite else Database.open_postgres(url)
    yield InDatabase(Spine(database))
    database.close()


def test_a_conversation_is_told_oldest_first_up_to_a_message(filling: Filling) -> None:
    for text in ("one", "two", "three", "four"):
        filling.say("Ada", text)

    def told(until_seq: int, limit: int) -> list[str]:
        said = filling.store.conversation(filling.channel, until_seq=until_seq, limit=limit)
        return [message.text for message in said]

    assert told(4, 10) == ["one", "two", "three", "four"]
    assert told(3, 2) == ["two", "three"]
    assert told(99, 1) == ["four"]
    assert told(0, 10) == []


def test_every_message_says_who_wrote_it(filling: Filling) -> None:
    filling.say("Ada", "Hi!")
    filling.say("Eliza", "Hello, Ada.")

    said = filling.store.conversation(filling.channel, until_seq=2, limit=10)

    assert [(one.seq, one.author_id, one.author_name, one.is_agent) for one in said] == [
        (1, id_of("Ada"), "Ada", False),
        (2, filling.agent, "Eliza", True),
    ]


def test_a_channel_nobody_knows_has_nobody_and_nothing(filling: Filling) -> None:
    nowhere = to_uuid("nowhere")

    assert filling.store.conversation(nowhere, until_seq=9, limit=9) == []
    assert filling.store.people(nowhere) == []


def test_everyone_in_the_channel_is_known_by_name(filling: Filling) -> None:
    for who in ("Ada", "Bob"):
        filling.say(who, "Hi!")

    people = {(person.name, person.is_agent) for person in filling.store.people(filling.channel)}

    assert people == {("Ada", False), ("Bob", False), ("Eliza", True)}


def test_what_is_nearest_comes_first(filling: Filling) -> None:
    filling.remember("rain", (1.0, 0.0))
    filling.remember("sun", (0.0, 1.0))
    filling.remember("drizzle", (0.8, 0.6))

    found = filling.store.nearest(filling.agent, (1.0, 0.0), model=MODEL, channel_id=filling.channel, limit=2)

    assert [(memory.text, round(memory.similarity, 5)) for memory in found] == [("rain", 1.0), ("drizzle", 0.8)]
    assert {(memory.table, memory.channel_id, memory.author_id) for memory in found} == {
        ("facts", filling.channel, id_of("Ada"))
    }


def test_vectors_of_another_model_are_not_compared(filling: Filling) -> None:
    filling.remember("rain", (1.0, 0.0))
    filling.remember("from another space", (1.0, 0.0, 0.0), model="another/model")

    found = filling.store.nearest(filling.agent, (1.0, 0.0), model=MODEL, channel_id=filling.channel, limit=5)

    assert [memory.text for memory in found] == ["rain"]


def test_another_agent_remembers_nothing_of_it(filling: Filling) -> None:
    filling.remember("rain", (1.0, 0.0))

    assert (
        filling.store.nearest(to_uuid("somebody else"), (1.0, 0.0), model=MODEL, channel_id=filling.channel, limit=5)
        == []
    )


def test_what_was_said_elsewhere_does_not_come_back(filling: Filling) -> None:
    filling.remember("rain", (1.0, 0.0))

    assert filling.store.nearest(filling.agent, (1.0, 0.0), model=MODEL, channel_id=to_uuid("elsewhere"), limit=5) == []
