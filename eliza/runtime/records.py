"""Records: what was done inside a turn, step by step, for whoever wants to see how an answer came about."""

from dataclasses import dataclass

from eliza.llm.types import ModelType, Prompt, Usage


@dataclass(frozen=True, slots=True)
class Span:
    """When something was done. ``started_ms`` counts from the turn's start."""

    started_ms: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One answer of a text model, as far as it was heard. ``failure`` says why it was not heard to its end."""

    span: Span
    model_type: ModelType
    model: str
    prompt: Prompt
    response: str
    usage: Usage
    failure: str = ""


@dataclass(frozen=True, slots=True)
class EmbeddingCall:
    """Vectors for a number of ``texts``."""

    span: Span
    model: str
    texts: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ActionTaken:
    """``text`` is what the agent says because of it."""

    span: Span
    name: str
    text: str
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A look back by an evaluator, and how many ``memories`` came of it."""

    span: Span
    name: str
    memories: int
    failure: str = ""


Record = ModelCall | EmbeddingCall | ActionTaken | Evaluation
"""All of them have a ``span`` and a ``failure``, which is empty when all went well."""
