"""Wire: runs and logs as elizaOS's clients know them."""

from typing import Any

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12.

from eliza.clock import milliseconds
from eliza.db.paging import Page
from eliza.http.envelope import Id, Iso, Json, iso
from eliza.ids import unique_to
from eliza.logs.agent_logs import AgentLog
from eliza.runs.runs import Run, Status
from eliza.runs.story import Event
from eliza.turns.steps import ACTION, EVALUATOR, MODEL


class CountsJson(TypedDict):
    actions: int
    modelCalls: int
    errors: int
    evaluators: int


class TokensJson(TypedDict):
    prompt: int
    completion: int
    total: int


class RunMetadataJson(TypedDict):
    """``status`` is how the turn stands: pending, running, replied, ignored or failed."""

    status: str
    reason: str | None
    model: str | None
    tokens: TokensJson
    attempt: int
    channelId: Id


class RunJson(TypedDict):
    runId: Id
    status: Status
    startedAt: int
    endedAt: int | None
    durationMs: int | None
    messageId: Id
    roomId: Id
    entityId: Id
    metadata: RunMetadataJson
    counts: CountsJson


class RunsJson(TypedDict):
    runs: list[RunJson]
    total: int
    hasMore: bool


class EventJson(TypedDict):
    type: str
    timestamp: int
    data: Json


class RunDetailJson(TypedDict):
    summary: RunJson
    events: list[EventJson]


class LogJson(TypedDict):
    id: Id
    type: str
    body: Json
    entityId: Id | None
    roomId: Id | None
    createdAt: Iso


def runs(page: Page[Run]) -> RunsJson:
    return {"runs": page.map(run).items, "total": page.total, "hasMore": page.next is not None}


def run(one: Run) -> RunJson:
    ended = milliseconds(one.ended_at) if one.ended_at else None
    started = milliseconds(one.started_at)
    return {
        "runId": one.id,
        "status": one.status,
        "startedAt": started,
        "endedAt": ended,
        "durationMs": None if ended is None else ended - started,
        "messageId": one.message_id,
        "roomId": unique_to(one.agent_id, one.channel_id),
        "entityId": one.author_id,
        "metadata": _metadata(one),
        "counts": {
            "actions": one.count(ACTION),
            "modelCalls": one.count(MODEL),
            "errors": one.errors,
            "evaluators": one.count(EVALUATOR),
        },
    }


def event(one: Event) -> EventJson:
    return {"type": one.type, "timestamp": milliseconds(one.at), "data": one.data}


def log(one: AgentLog) -> LogJson:
    return {
        "id": one.id,
        "type": one.type,
        "body": dict[str, Any](one.body),
        "entityId": one.entity_id,
        "roomId": one.room_id,
        "createdAt": iso(one.created_at),
    }


def _metadata(one: Run) -> RunMetadataJson:
    return {
        "status": one.outcome,
        "reason": one.reason,
        "model": one.model,
        "tokens": {
            "prompt": one.prompt_tokens,
            "completion": one.completion_tokens,
            "total": one.prompt_tokens + one.completion_tokens,
        },
        "attempt": one.attempt,
        "channelId": one.channel_id,
    }
