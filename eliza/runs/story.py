"""Story: what happened in a run, in order, under elizaOS's names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eliza.ids import unique_to
from eliza.logs.agent_logs import AgentLog
from eliza.logs.entries import entry_id
from eliza.runs.runs import Run
from eliza.turns.steps import ACTION, EMBEDDING, EVALUATOR, MODEL

Json = dict[str, Any]

_ENDED = {
    MODEL: ("MODEL_USED", "modelType"),
    EMBEDDING: ("EMBEDDING_EVENT", "model"),
    ACTION: ("ACTION_COMPLETED", "actionName"),
    EVALUATOR: ("EVALUATOR_COMPLETED", "evaluatorName"),
}
"""What the end of each kind of record is called, and what its name."""


@dataclass(frozen=True, slots=True)
class Event:
    type: str
    at: datetime
    data: Json


def story(run: Run, logs: Mapping[UUID, AgentLog]) -> list[Event]:
    """From ``RUN_STARTED`` to ``RUN_ENDED``. ``logs`` are the run's entries; of one that is gone less is told."""
    done = [event for number in range(len(run.records)) for event in _events(run, number, logs)]
    return [_started(run), *sorted(done, key=lambda event: event.at), *_ended(run, logs)]


def _started(run: Run) -> Event:
    whose = {"messageId": str(run.message_id), "entityId": str(run.author_id)}
    room_id = unique_to(run.agent_id, run.channel_id)
    return Event("RUN_STARTED", run.started_at, {"runId": str(run.id), **whose, "roomId": str(room_id)})


def _events(run: Run, number: int, logs: Mapping[UUID, AgentLog]) -> Iterator[Event]:
    record = run.records[number]
    began = run.started_at + timedelta(milliseconds=record["startedMs"])
    type_, named = _ENDED[record["kind"]]
    name = {named: record["name"]}
    if record["kind"] == ACTION:
        yield Event("ACTION_STARTED", began, {"runId": str(run.id), **name})
    log = logs.get(entry_id(run.id, number))
    short = {key: value for key, value in record.items() if key != "kind"}
    told = {"runId": str(run.id), **name, **short, **(log.body if log else {})}
    yield Event(type_, began + timedelta(milliseconds=record["durationMs"]), told)


def _ended(run: Run, logs: Mapping[UUID, AgentLog]) -> Iterator[Event]:
    if run.ended_at is None:
        return
    log = logs.get(entry_id(run.id, len(run.records)))
    told = {"runId": str(run.id), "status": run.status, "reason": run.reason, **(log.body if log else {})}
    yield Event("RUN_ENDED", run.ended_at, told)
