"""Entries: what was done in a turn, as elizaOS's logs tell it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eliza.clock import milliseconds
from eliza.llm.types import Prompt
from eliza.runtime.records import ActionTaken, EmbeddingCall, Evaluation, ModelCall, Record

Json = dict[str, Any]

LONGEST_TEXT = 16_000


@dataclass(frozen=True, slots=True)
class EndedTurn:
    """A turn that has ended, as far as its log tells of it; ``status`` is elizaOS's word for how."""

    turn_id: UUID
    agent_id: UUID
    room_id: UUID
    author_id: UUID
    message_id: UUID
    status: str
    reason: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log."""

    id: UUID
    type: str
    body: Json
    at: datetime


def entry_id(turn_id: UUID, number: int) -> UUID:
    """The id of the entry for a turn's record ``number``, counted from 0.

    They follow each other, so that entries of the same millisecond still have an order.
    """
    return UUID(int=(turn_id.int + 1 + number) % (1 << 128))


def entries(turn: EndedTurn, records: Sequence[Record]) -> Iterator[Entry]:
    """One for each record, and last the one for the run as a whole."""
    for number, record in enumerate(records):
        ended = turn.started_at + timedelta(milliseconds=record.span.started_ms + record.span.duration_ms)
        type_, told = _told(record)
        yield Entry(entry_id(turn.turn_id, number), type_, {**told, **_common(turn, record)}, ended)
    yield Entry(entry_id(turn.turn_id, len(records)), "run_event", _whole(turn), turn.ended_at)


def _told(record: Record) -> tuple[str, Json]:
    match record:
        case ModelCall():
            return f"useModel:{record.model_type}", _model_call(record)
        case EmbeddingCall():
            told = {"modelType": "TEXT_EMBEDDING", "modelKey": "TEXT_EMBEDDING", **_model(record.model)}
            return "embedding_event", {**told, "texts": record.texts}
        case ActionTaken():
            return "action", {"action": record.name, "actionName": record.name, "text": keepable(record.text)}
        case Evaluation():
            return "evaluator", {"evaluator": record.name, "evaluatorName": record.name, "memories": record.memories}


def _model_call(call: ModelCall) -> Json:
    prompt_tokens, completion_tokens = call.usage.prompt_tokens, call.usage.completion_tokens
    return {
        "modelType": call.model_type.value,
        "modelKey": call.model_type.value,
        **_model(call.model),
        "prompt": keepable(_text(call.prompt)),
        "response": keepable(call.response),
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }


def _model(name: str) -> Json:
    return {"model": name, "provider": name.partition("/")[0]}


def _common(turn: EndedTurn, record: Record) -> Json:
    failure = {"error": keepable(record.failure)} if record.failure else {}
    return {
        "runId": str(turn.turn_id),
        "messageId": str(turn.message_id),
        "timestamp": milliseconds(turn.started_at) + record.span.started_ms,
        "executionTime": record.span.duration_ms,
        "success": not record.failure,
        "level": _level(not record.failure),
        **failure,
    }


def _whole(turn: EndedTurn) -> Json:
    started, ended = milliseconds(turn.started_at), milliseconds(turn.ended_at)
    is_well = turn.status == "completed"
    failure = {} if is_well else {"error": keepable(turn.reason)}
    return {
        "runId": str(turn.turn_id),
        "messageId": str(turn.message_id),
        "roomId": str(turn.room_id),
        "entityId": str(turn.author_id),
        "status": turn.status,
        "reason": keepable(turn.reason),
        "startTime": started,
        "endTime": ended,
        "duration": ended - started,
        "success": is_well,
        "level": _level(is_well),
        **failure,
    }


def _level(is_well: bool) -> str:
    return "info" if is_well else "error"


def _text(prompt: Prompt) -> str:
    return "\n\n".join(f"{line.role}: {line.text}" for line in prompt.lines)


def keepable(text: str) -> str:
    """As much of a text as a log needs, without what no database keeps: what is only told must not spoil a turn."""
    left_out = len(text) - LONGEST_TEXT
    if left_out > 0:
        text = f"{text[:LONGEST_TEXT]}… and {left_out} more characters"
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")
