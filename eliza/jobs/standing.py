"""Standing: how a job stands. It is kept nowhere: it follows from the turn on its message, in the database's words.

What the agent says counts if it came in time. So a job that ran out of time stays so whatever is said later, and every
worker says the same of it, also after a restart.
"""

from datetime import datetime
from typing import Any, Literal

from peewee import JOIN, Case, Value

from eliza.db import tables

Status = Literal["pending", "processing", "completed", "failed", "timeout"]
"""elizaOS knows ``pending`` too: a job whose question is not yet asked. Here both are written at once."""

_job, _turn = tables.Job, tables.Turn


def with_turns(*columns: Any) -> Any:
    """The columns asked for of every job and the turn on its message, which may be gone."""
    on = (_turn.message == _job.message_id) & (_turn.agent == _job.agent_id)
    return _job.select(*columns).join(_turn, JOIN.LEFT_OUTER, on=on)


def status(now: datetime) -> Any:
    ended_in_time = _turn.ended_at <= _job.expires_at
    return Case(
        None,
        [
            (_turn.id.is_null(), _word("failed")),
            (ended_in_time & (_turn.status == "replied"), _word("completed")),
            (ended_in_time, _word("failed")),
            (_job.expires_at <= now, _word("timeout")),
        ],
        _word("processing"),
    )


def _word(status: Status) -> Any:
    return Value(status, converter=str)
