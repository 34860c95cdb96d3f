"""Work: one turn while it is being worked on. The steps of the pipeline fill it; only the Outcome outlives it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from eliza.clock import Clock
from eliza.llm import calls
from eliza.llm.calls import Limits, Stream
from eliza.llm.errors import ModelError, NoModel
from eliza.llm.registry import Models
from eliza.llm.types import Delta, Finished, ModelType, Prompt, TextModel, Usage
from eliza.runtime.agent import Agent
from eliza.runtime.components import Scene
from eliza.runtime.parsing import Plan
from eliza.runtime.store import Store
from eliza.runtime.turn import Listener, NewMemory, Outcome, Person, Question, Reply, Said, Status, Step

log = logging.getLogger(__name__)

# A memory without its vector is found by its words; nobody should wait long for it.
_EMBEDDING_LIMITS = Limits(first=10, total=10, attempts=1)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A vector and the model it comes from."""

    vector: tuple[float, ...]
    by: str


@dataclass(slots=True)
class Work:
    """The question with everything found out and decided about it so far."""

    question: Question
    agent: Agent
    listener: Listener
    models: Models
    store: Store
    clock: Clock
    limits: Limits
    began: float

    recent: tuple[Said, ...] = ()
    people: tuple[Person, ...] = ()
    embedded: Embedded | None = None
    reason: str = ""
    scene: Scene | None = None
    told: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    plan: Plan = field(default_factory=Plan)
    replies: list[Reply] = field(default_factory=list)
    memories: list[NewMemory] = field(default_factory=list)

    model: str | None = None
    usage: Usage = field(default_factory=Usage)
    steps: list[Step] = field(default_factory=list)
    detail: str = ""
    _previewed: str = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tell the listener and keep the record, however the step ends."""
        self.detail = ""
        started = self.clock.monotonic()
        self._tell_step(name)
        try:
            yield
        finally:
            took = self.clock.monotonic() - started
            self.steps.append(Step(name, _ms(started - self.began), _ms(took), self.detail))

    def preview(self, text: str) -> None:
        """Let the listener hear what is new in ``text``, the whole reply so far.

        A second try that begins differently is not heard: what was said cannot be taken back.
        """
        new = text.removeprefix(self._previewed)
        if not new or not text.startswith(self._previewed):
            return
        self._previewed = text
        try:
            self.listener.chunk(new)
        except Exception:
            log.exception("listener failed", extra={"turn": self.question.turn_id})

    def hear(self, model: TextModel, prompt: Prompt) -> Stream:
        """The answer as it comes, counted. Whoever stops listening early stops the model."""
        self.model = model.name
        pieces = 0
        with closing(calls.stream(model, prompt, limits=self.limits)) as stream:
            try:
                for piece in stream:
                    if isinstance(piece, Finished):
                        self._count(piece.usage)
                        pieces = 0
                    else:
                        pieces += 1
                    yield piece
            finally:
                # An answer that was not heard to its end tells no usage; its pieces come nearest to its tokens.
                self._count(Usage(0, pieces))

    def ask(self, model_type: ModelType, prompt: Prompt) -> str:
        """A whole answer, counted. Raises a ``ModelError``."""
        heard = self.hear(self.models.text(model_type), prompt)
        return "".join(piece.text for piece in heard if isinstance(piece, Delta))

    def embed(self, texts: Sequence[str]) -> list[Embedded | None]:
        """A vector a text, where there is a model for it and it answers; its failure is nobody's trouble."""
        try:
            model = self.models.embedding()
            vectors = calls.embed(model, texts, limits=_EMBEDDING_LIMITS)
        except NoModel:
            return [None] * len(texts)
        except ModelError as error:
            log.warning("memory stays without a vector", extra={"agent": self.agent.id, "reason": error.message})
            return [None] * len(texts)
        return [Embedded(tuple(vector), model.name) for vector in vectors]

    def outcome(self, status: Status, reason: str) -> Outcome:
        return Outcome(
            status=status,
            reason=reason,
            replies=tuple(self.replies) if status == "replied" else (),
            memories=tuple(self.memories),
            model=self.model,
            usage=self.usage,
            steps=tuple(self.steps),
        )

    def _tell_step(self, name: str) -> None:
        try:
            self.listener.step(name)
        except Exception:
            log.exception("listener failed", extra={"turn": self.question.turn_id})

    def _count(self, usage: Usage) -> None:
        self.usage = Usage(
            self.usage.prompt_tokens + usage.prompt_tokens, self.usage.completion_tokens + usage.completion_tokens
        )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
