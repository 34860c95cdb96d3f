"""Statements: the steps of the turn protocol in the words of the database."""

from typing import Any

from peewee import fn

from eliza.db import Statement, param, tables

_turn, _agent, _line = tables.Turn, tables.Agent, tables.Message
RUNNING = _turn.ended_at.is_null() & (_turn.status == "running")
CLAIM = (
    _turn.id,
    _turn.message,
    _turn.channel,
    _turn.agent,
    _turn.seq,
    _turn.hop,
    _turn.attempt,
    _turn.created_at,
    _turn.started_at,
)


def _claim_waiting(dialect: str) -> Any:
    other = _turn.alias()
    # A turn that waits for an approval blocks no other turn. When it continues it is the earliest again, and
    # lets a later one that was taken up meanwhile come to its end.
    goes_first = (other.status == "running") | ((other.status == "pending") & (other.seq < _turn.seq))
    first = other.select(other.id).where(
        (other.channel == _turn.channel) & (other.agent == _turn.agent) & other.ended_at.is_null() & goes_first
    )
    waiting = _turn.ended_at.is_null() & (_turn.status == "pending") & ~fn.EXISTS(first)
    oldest = _turn.select(_turn.id).where(waiting).order_by(_turn.created_at, _turn.seq).limit(param("limit"))
    is_oldest = _turn.id.in_(oldest)
    if dialect == "postgres":
        # As an array it is asked for once. In a plan that asks for every row anew, each time skips what the times
        # before have changed, and ``limit`` bounds nothing.
        is_oldest = _turn.id == fn.ANY(fn.ARRAY(oldest.for_update(skip_locked=True)))
    changes = {
        _turn.status: "running",
        _turn.owner: param("owner", _turn.owner),
        _turn.attempt: _turn.attempt + 1,
        _turn.lease_until: param("lease_until", _turn.lease_until),
        # One that waited began when it was first taken up.
        _turn.started_at: fn.COALESCE(_turn.started_at, param("now", _turn.started_at)),
    }
    return _turn.update(changes).where(is_oldest).returning(*CLAIM)


def claim(dialect: str) -> Statement:
    """Take the oldest turns that may be taken; the one statement that reads differently on each database."""
    return Statement(lambda: _claim_waiting(dialect))


WHO = Statement(
    lambda: (
        _agent.select(_agent.name, _line.author_id)
        .join(_line, on=(_line.id == param("message", _line.id)))
        .where(_agent.id == param("agent", _agent.id))
    )
)
OWNERS = Statement(lambda: _turn.select(_turn.owner).where(RUNNING).distinct())
_RECORD = ("status", "reason", "model", "prompt_tokens", "completion_tokens", "steps", "person_id", "ended_at")
END = Statement(
    lambda: (
        _turn.update(
            {
                **{getattr(_turn, name): param(name, getattr(_turn, name)) for name in _RECORD},
                _turn.owner: None,
                _turn.lease_until: None,
            }
        )
        .where(
            RUNNING
            & (_turn.id == param("id", _turn.id))
            & (_turn.owner == param("owner", _turn.owner))
            & (_turn.attempt == param("attempt"))
        )
        .returning(_turn.counted_on)
    )
)
LAST_LINES = Statement(
    lambda: (
        _line.select(_line.is_agent, _line.content, _line.hop)
        .where(_line.channel == param("channel", _line.channel))
        .order_by(_line.seq.desc())
        .limit(param("limit"))
    )
)
