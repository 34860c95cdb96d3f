"""Runs: turns as elizaOS's clients look at them: what an agent made of each message, from beginning to end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from peewee import fn

from eliza.db import Database, tables
from eliza.db.known import require_agent
from eliza.db.paging import Page, page_of
from eliza.db.participation import channels_of, exists
from eliza.errors import NotFound
from eliza.turns.steps import STEP, TIMEOUT

Status = Literal["started", "completed", "timeout", "error"]

_turn, _message, _room = tables.Turn, tables.Message, tables.Room
_BY_AGE = (_turn.created_at, _turn.id)


@dataclass(frozen=True, slots=True)
class Run:
    """A turn, known by the turn's id. ``started_at`` is when it was opened as long as nobody has taken it up.

    ``outcome`` is how the turn stands in the words of the turn protocol. ``records`` is what was done, as
    ``eliza.turns.steps`` keeps it.
    """

    id: UUID
    agent_id: UUID
    channel_id: UUID
    message_id: UUID
    author_id: UUID
    status: Status
    outcome: str
    reason: str | None
    attempt: int
    model: str | None
    prompt_tokens: int
    completion_tokens: int
    records: Sequence[Mapping[str, Any]]
    started_at: datetime
    ended_at: datetime | None

    def count(self, kind: str) -> int:
        return Counter(record["kind"] for record in self.records)[kind]

    @property
    def errors(self) -> int:
        """What went wrong in it; a run that failed as a whole has at least one."""
        failed = sum(not record["success"] for record in self.records)
        return max(failed, int(self.outcome == "failed"))


@dataclass(frozen=True, slots=True)
class Sought:
    """Which runs to look at; what is None does not matter. ``room_id`` may be the channel's id as well."""

    status: Status | None = None
    room_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


class RunNotFound(NotFound):
    def __init__(self, run_id: UUID) -> None:
        super().__init__(f"Run {run_id} not found")


class Runs:
    """The runs of any agent that exists, whether it is active or not; others raise ``UnknownAgent``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, agent_id: UUID, sought: Sought, *, limit: int, cursor: str | None = None, skip: int = 0
    ) -> Page[Run]:
        """Newest first."""
        query = _with_author().where(*_conditions(agent_id, sought))
        with self._database.read():
            require_agent(agent_id)
            page = page_of(query, by=_BY_AGE, newest_first=True, limit=limit, cursor=cursor, skip=skip)
            return page.map(_run)

    def is_within(self, run_id: UUID, person: UUID) -> bool:
        """True for a run in a channel in which ``person`` takes part."""
        with self._database.read():
            return exists(_turn, (_turn.id == run_id) & _turn.channel.in_(channels_of(person)))

    def get(self, agent_id: UUID, run_id: UUID) -> Run:
        """Raises ``RunNotFound``, also for a run of another agent."""
        query = _with_author().where((_turn.agent == agent_id) & (_turn.id == run_id))
        with self._database.read():
            require_agent(agent_id)
            row = query.first()
        if row is None:
            raise RunNotFound(run_id)
        return _run(row)


def _with_author() -> Any:
    # Not joined, for a count of all runs would join them all.
    author = _message.select(_message.author_id).where(_message.id == _turn.message)
    return _turn.select(_turn, author.alias("author_id"))


def _conditions(agent_id: UUID, sought: Sought) -> list[Any]:
    began = fn.COALESCE(_turn.started_at, _turn.created_at)
    conditions = [_turn.agent == agent_id]
    if sought.status is not None:
        conditions.append(_is(sought.status))
    if sought.room_id is not None:
        of_room = _room.select(_room.channel_id).where((_room.id == sought.room_id) & (_room.agent == agent_id))
        conditions.append((_turn.channel == sought.room_id) | _turn.channel.in_(of_room))
    if sought.since is not None:
        conditions.append(began >= _turn.created_at.db_value(sought.since))
    if sought.until is not None:
        conditions.append(began <= _turn.created_at.db_value(sought.until))
    return conditions


def _is(status: Status) -> Any:
    timed_out = fn.COALESCE(_turn.steps[-1]["kind"].as_text(), "") == TIMEOUT
    return {
        "started": _turn.ended_at.is_null(),
        "completed": _turn.status.in_(["replied", "ignored"]),
        "timeout": (_turn.status == "failed") & timed_out,
        "error": (_turn.status == "failed") & ~timed_out,
    }[status]


def _run(row: Any) -> Run:
    steps = row.steps or []
    return Run(
        id=row.id,
        agent_id=row.agent_id,
        channel_id=row.channel_id,
        message_id=row.message_id,
        author_id=cast(UUID, _message.author_id.python_value(row.author_id)),
        status=_status(row, steps),
        outcome=row.status,
        reason=row.reason,
        attempt=row.attempt,
        model=row.model,
        prompt_tokens=row.prompt_tokens or 0,
        completion_tokens=row.completion_tokens or 0,
        records=[step for step in steps if _kind(step) not in {STEP, TIMEOUT}],
        started_at=row.started_at or row.created_at,
        ended_at=row.ended_at,
    )


def _status(row: Any, steps: Sequence[Mapping[str, Any]]) -> Status:
    if row.ended_at is None:
        return "started"
    if row.status != "failed":
        return "completed"
    return "timeout" if steps and _kind(steps[-1]) == TIMEOUT else "error"


def _kind(step: Mapping[str, Any]) -> str:
    # Turns of earlier days kept nothing but the steps of the pipeline, and did not say so.
    return str(step.get("kind", STEP))
