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
from eliza.llm.types import Delta, Finished, Line, ModelType, Picture, Prompt, Usage
from eliza.runtime.agent import Agent
from eliza.runtime.components import ActionResult, ApprovalPolicy, Scene
from eliza.runtime.files import Files, Seen
from eliza.runtime.parsing import Plan
from eliza.runtime.records import EmbeddingCall, ModelCall, Record, Span
from eliza.runtime.store import Store
from eliza.runtime.turn import ActionStatus, Listener, NewMemory, Outcome, Person, Question, Reply, Said, Status, Step
from eliza.runtime.turn_budget import TurnBudget, UnlimitedBudget

log = logging.getLogger(__name__)

# A memory without its vector is found by its words; nobody should wait long for it.
_EMBEDDING_LIMITS = Limits(first=10, total=10, attempts=1)
# A message may show several pictures, and all of them are to be looked at within its turn.
_LOOKING_LIMITS = Limits(first=30, total=45, attempts=2)
_BROKEN_OFF = "It was broken off."


@dataclass(frozen=True, slots=True)
class Embedded:
    """A vector and the model it comes from."""

    vector: tuple[float, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of an action of the plan, whether it was carried out or not. ``step`` counts from 0."""

    step: int
    name: str
    result: ActionResult


@dataclass(slots=True)
class Work:
    """The question with everything found out and decided about it so far."""

    question: Question
    agent: Agent
    listener: Listener
    models: Models
    store: Store
    files: Files
    clock: Clock
    limits: Limits
    policy: ApprovalPolicy
    began: float

    budget: TurnBudget = field(default_factory=UnlimitedBudget)
    recent: tuple[Said, ...] = ()
    people: tuple[Person, ...] = ()
    embedded: Embedded | None = None
    reason: str = ""
    seen: tuple[Seen, ...] = ()
    scene: Scene | None = None
    told: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    plan: Plan = field(default_factory=Plan)
    taken: list[Taken] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    memories: list[NewMemory] = field(default_factory=list)

    model: str | None = None
    usage: Usage = field(default_factory=Usage)
    steps: list[Step] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    earlier: int = 0
    detail: str = ""
    _previewed: str = ""
    _may_spend: bool = False

    @property
    def labels(self) -> dict[str, str]:
        """What every log line about this turn carries."""
        return {"turn": str(self.question.turn_id), "agent": self.agent.name, "agent_id": str(self.agent.id)}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tell the listener and keep the record, however the step ends."""
        self.detail = ""
        started = self.clock.monotonic()
        self._tell_step(name)
        try:
            yield
        finally:
            span = self.since(started)
            self.steps.append(Step(name, span.started_ms, span.duration_ms, self.detail))

    def since(self, started: float) -> Span:
        """From ``started``, a reading of the clock, until now."""
        return Span(_ms(started - self.began), _ms(self.clock.monotonic() - started))

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
            log.exception("listener failed", extra=self.labels)

    def show(self, number: int, action: str, status: ActionStatus, text: str = "") -> None:
        """Let the listener know of an action."""
        try:
            self.listener.action(number, action, status, text)
        except Exception:
            log.exception("listener failed", extra=self.labels)

    def hear(self, model_type: ModelType, prompt: Prompt) -> Stream:
        """The answer as it comes, counted and recorded. Whoever stops listening early stops the model."""
        model = self.models.text(model_type)
        self.require_budget()
        with (
            self._recorded(model_type, model.name, prompt) as heard,
            closing(calls.stream(model, prompt, limits=self.limits)) as stream,
        ):
            for piece in stream:
                heard.take(piece)
                yield piece

    def ask(self, model_type: ModelType, prompt: Prompt) -> str:
        """A whole answer, counted. Raises a ``ModelError``."""
        heard = self.hear(model_type, prompt)
        return "".join(piece.text for piece in heard if isinstance(piece, Delta))

    def embed(self, texts: Sequence[str]) -> list[Embedded | None]:
        """A vector a text, where there is a model for it and it answers; its failure is nobody's trouble."""
        try:
            model = self.models.embedding()
        except NoModel:
            return [None] * len(texts)
        if not self._may_spend and self.budget.objection() is not None:
            return [None] * len(texts)
        started, failure = self.clock.monotonic(), _BROKEN_OFF
        try:
            vectors = calls.embed(model, texts, limits=_EMBEDDING_LIMITS)
            failure = ""
        except ModelError as error:
            failure = error.message
            log.warning("memory stays without a vector", extra={**self.labels, "reason": failure})
            return [None] * len(texts)
        finally:
            self.records.append(EmbeddingCall(self.since(started), model.name, len(texts), failure))
        return [Embedded(tuple(vector), model.name) for vector in vectors]

    def describe(self, picture: Picture, request: str) -> str:
        """What a picture shows, recorded. Raises a ``ModelError``."""
        model = self.models.image_description()
        self.require_budget()
        started, said, failure = self.clock.monotonic(), "", _BROKEN_OFF
        try:
            said = calls.describe(model, picture, request, limits=_LOOKING_LIMITS)
            failure = ""
        except ModelError as error:
            failure = error.message
            raise
        finally:
            span, prompt = self.since(started), Prompt((Line("user", request),))
            call = ModelCall(span, ModelType.IMAGE_DESCRIPTION, model.name, prompt, said, Usage(), failure)
            self.records.append(call)
        return said

    def outcome(self, status: Status, reason: str, *, timed_out: bool = False) -> Outcome:
        return Outcome(
            status=status,
            reason=reason,
            replies=tuple(self.replies) if status == "replied" else (),
            memories=tuple(self.memories),
            model=self.model,
            usage=self.usage,
            steps=tuple(self.steps),
            records=tuple(self.records),
            timed_out=timed_out,
            earlier=self.earlier,
        )

    def require_budget(self) -> None:
        """Called before every model call that costs money. Raises ``Stop`` if the budget is used up."""
        if not self._may_spend:
            self.budget.start()
            self._may_spend = True

    def _tell_step(self, name: str) -> None:
        try:
            self.listener.step(name)
        except Exception:
            log.exception("listener failed", extra=self.labels)

    @contextmanager
    def _recorded(self, model_type: ModelType, model: str, prompt: Prompt) -> Iterator["_Heard"]:
        started, heard, failure = self.clock.monotonic(), _Heard(), _BROKEN_OFF
        try:
            yield heard
            failure = ""
        except GeneratorExit:  # Enough was heard.
            failure = ""
            raise
        except ModelError as error:
            failure = error.message
            raise
        finally:
            span = self.since(started)
            # A provider that refused the call or could not be reached did not process the prompt.
            was_read = heard.pieces or failure in {"", _BROKEN_OFF}
            usage = heard.usage(prompt.about_tokens if was_read else 0)
            self._keep(ModelCall(span, model_type, model, prompt, heard.text, usage, failure))

    def _keep(self, call: ModelCall) -> None:
        self.model = call.model
        self.usage = Usage(
            self.usage.prompt_tokens + call.usage.prompt_tokens,
            self.usage.completion_tokens + call.usage.completion_tokens,
        )
        self.records.append(call)
        self.budget.record(call)


@dataclass(slots=True)
class _Heard:
    """As much of an answer as has come."""

    pieces: list[str] = field(default_factory=list)
    finished: Finished | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def usage(self, prompt_tokens: int) -> Usage:
        """The reported usage. An interrupted answer reports none; then the prompt counts as ``prompt_tokens``.

        The number of streamed pieces is the best estimate of the answer's tokens.
        """
        return self.finished.usage if self.finished else Usage(prompt_tokens, len(self.pieces))

    def take(self, piece: Delta | Finished) -> None:
        if isinstance(piece, Finished):
            self.finished = piece
        else:
            self.pieces.append(piece.text)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
