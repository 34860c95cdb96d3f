"""Steps: what a turn's row keeps of how it went: short enough to stay for ever, without what was said.

First come the steps of the pipeline, then the records in their order, and last, where the time ran out, that it did.
"""

from typing import Any

from eliza.logs.entries import keepable
from eliza.runtime.records import ActionTaken, EmbeddingCall, Evaluation, ModelCall, Record, Span
from eliza.runtime.turn import Outcome, Step

Json = dict[str, Any]

STEP, MODEL, EMBEDDING, ACTION, EVALUATOR, TIMEOUT = "step", "model", "embedding", "action", "evaluator", "timeout"
"""What ``kind`` can be."""


def kept(outcome: Outcome) -> list[Json]:
    """In the form of the column."""
    rest = [_entry(TIMEOUT, TIMEOUT, outcome.reason, None)] if outcome.timed_out else []
    return [*map(_step, outcome.steps), *map(_record, outcome.records), *rest]


def _step(step: Step) -> Json:
    return _entry(STEP, step.name, step.detail, Span(step.started_ms, step.duration_ms))


def _record(record: Record) -> Json:
    failure = {"error": keepable(record.failure)} if record.failure else {}
    return {**_named(record), "success": not record.failure, **failure}


def _named(record: Record) -> Json:
    match record:
        case ModelCall():
            usage = {"promptTokens": record.usage.prompt_tokens, "completionTokens": record.usage.completion_tokens}
            return _entry(MODEL, record.model_type, record.model, record.span) | usage
        case EmbeddingCall():
            return _entry(EMBEDDING, record.model, f"{record.texts} texts", record.span)
        case ActionTaken():
            return _entry(ACTION, record.name, "", record.span)
        case Evaluation():
            return _entry(EVALUATOR, record.name, f"{record.memories} memories", record.span)


def _entry(kind: str, name: str, detail: str, span: Span | None) -> Json:
    times = {"startedMs": span.started_ms, "durationMs": span.duration_ms} if span else {}
    return {"kind": kind, "name": name, **times, "detail": detail}
