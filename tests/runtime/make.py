"""What these tests build with: a small cast, one channel, and a clock that is moved by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from eliza.ids import to_uuid
from eliza.llm.registry import Models, Priority
from eliza.llm.types import EmbeddingModel, ModelType, Offer, TextModel
from eliza.plugins import BUILT_IN, Plugin, assemble
from eliza.runtime.agent import Agent
from eliza.runtime.character import Character
from eliza.runtime.pipeline import Pipeline
from eliza.runtime.turn import Outcome, Person, Place, Question, Said
from eliza.testing.store import ListStore

ROOM = to_uuid("room")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class StoppedClock:
    """Time that moves only by hand."""

    def __init__(self) -> None:
        self._passed = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    def advance(self, seconds: float) -> None:
        self._passed += seconds


@dataclass
class Audience:
    """Keeps what a listener is told."""

    steps: list[str] = field(default_factory=list)
    chunks: list[str] = field(default_factory=list)
    actions: list[tuple[int, str, str, str]] = field(default_factory=list)

    def step(self, name: str) -> None:
        self.steps.append(name)

    def chunk(self, text: str) -> None:
        self.chunks.append(text)

    def action(self, number: int, name: str, status: str, text: str) -> None:
        self.actions.append((number, name, status, text))

    @property
    def heard(self) -> str:
        return "".join(self.chunks)


def character(name: str = "Eliza", **keys: object) -> Character:
    return Character.parse({"name": name, "bio": f"{name} listens.", **keys})


def agent(name: str = "Eliza", *plugins: Plugin, **keys: object) -> Agent:
    return assemble(character(name, **keys), (*BUILT_IN, *plugins))


def person(name: str, *, is_agent: bool = False) -> Person:
    return Person(to_uuid(name), name, is_agent)


def said(
    text: str,
    *,
    by: str = "Ada",
    is_agent: bool = False,
    seq: int = 1,
    reply_to: UUID | None = None,
    source: str = "",
    metadata: Mapping[str, object] | None = None,
) -> Said:
    return Said(
        id=to_uuid(f"message {seq}"),
        seq=seq,
        author_id=to_uuid(by),
        author_name=by,
        is_agent=is_agent,
        text=text,
        in_reply_to=reply_to,
        metadata=metadata or {},
        created_at=NOON,
        source=source,
    )


def place(type_: str = "DM", *, agents: tuple[str, ...] = ("Eliza",), muted: object = None) -> Place:
    metadata = {} if muted is None else {"muted": muted}
    return Place(ROOM, type_, "the room", tuple(to_uuid(name) for name in agents), metadata)


def question(message: Said, *, where: Place | None = None, attempt: int = 1) -> Question:
    return Question(to_uuid("turn"), where or place(), message, hop=0, attempt=attempt)


def models(
    large: TextModel | None = None, *, small: TextModel | None = None, embedding: EmbeddingModel | None = None
) -> Models:
    offered = {ModelType.TEXT_LARGE: large, ModelType.TEXT_SMALL: small or large, ModelType.TEXT_EMBEDDING: embedding}
    made = Models()
    for model_type, model in offered.items():
        if model is not None:
            made.offer(Offer(model_type, model, Priority.SCRIPTED, "a test says so"))
    return made


def room(*people: Person, talk: tuple[Said, ...] = ()) -> ListStore:
    store = ListStore()
    store.join(ROOM, *people)
    store.say(ROOM, *talk)
    return store


def answer(
    model: TextModel | None,
    text: str = "Hi there!",
    *,
    by: Agent | None = None,
    store: ListStore | None = None,
    listener: Audience | None = None,
    seq: int = 1,
) -> Outcome:
    """What comes of Ada saying ``text`` to an agent in private."""
    pipeline = Pipeline(models(model), store or ListStore(), StoppedClock())
    return pipeline.take(question(said(text, seq=seq)), by or agent(), listener or Audience())
