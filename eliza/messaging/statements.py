"""Statements: what every message passes on its way into the tables and out of them.

Those that read messages give the columns in the order of ``Message``'s fields.
"""

from typing import Any

from peewee import Case

from eliza.db import Statement, param, tables

_row, _channel, _agent, _seat, _turn = (
    tables.Message,
    tables.Channel,
    tables.Agent,
    tables.ChannelParticipant,
    tables.Turn,
)
_COLUMNS = (
    _row.id,
    _row.channel,
    _channel.message_server,
    _row.seq,
    _row.author_id,
    _row.author_name,
    _row.is_agent,
    _row.content,
    _row.created_at,
    _row.updated_at,
    _row.source_type,
    _row.source_id,
    _row.in_reply_to_root_message_id,
    _row.raw_message,
    _row.metadata,
    _row.hop,
    _row.submission_key,
)
_HERE = _row.channel == param("channel", _row.channel)


def _select(*more: Any) -> Any:
    return _row.select(*_COLUMNS, *more).join(_channel)


ONE = Statement(lambda: _select().where(_row.id == param("id", _row.id)))
OF_TURN = Statement(lambda: _select().where(_row.turn_id == param("turn_id", _row.turn_id)).order_by(_row.part))
PAGE = Statement(
    lambda: (
        _select()
        .where(
            _HERE
            & (_row.seq < param("before_seq", _row.seq))
            & (_row.created_at < param("before", _row.created_at))
            & (_row.created_at > param("after", _row.created_at))
        )
        .order_by(_row.seq.desc())
        .limit(param("limit"))
        .offset(param("skip"))
    )
)
AFTER = Statement(
    lambda: _select().where(_HERE & (_row.seq > param("seq", _row.seq))).order_by(_row.seq).limit(param("limit"))
)
EARLIER = Statement(
    lambda: _select(_row.fingerprint).where(
        _HERE
        & (_row.author_id == param("author", _row.author_id))
        & (_row.submission_key == param("submission_key", _row.submission_key))
    )
)
NEXT_PLACE = Statement(
    lambda: (
        _channel.update(
            last_seq=_channel.last_seq + 1,
            updated_at=Case(None, [(_channel.updated_at >= param("now"), _channel.updated_at + 1)], param("now")),
        )
        .where(_channel.id == param("channel", _channel.id))
        .returning(_channel.last_seq, _channel.message_server, _channel.updated_at)
    )
)
AGENTS = Statement(
    lambda: (
        _agent.select(_agent.id, _agent.name, _agent.status)
        .where(
            _agent.id.in_(_seat.select(_seat.entity_id).where(_seat.channel == param("channel", _seat.channel)))
            | (_agent.id == param("target", _agent.id))
            | (_agent.id == param("author", _agent.id))
        )
        .order_by(_agent.id)
    )
)
INSERT = Statement(lambda: _row.insert({field: param(field.name, field) for field in tables.fields(_row)}))
_OPENED = ("id", "message", "channel", "agent", "seq", "hop", "status", "reason", "attempt", "created_at", "ended_at")
OPEN_TURN = Statement(
    lambda: _turn.insert({getattr(_turn, name): param(name, getattr(_turn, name)) for name in _OPENED})
)
SEATED = Statement(
    lambda: (
        _seat.select(_seat.entity_id).where(_seat.channel == param("channel", _seat.channel)).order_by(_seat.entity_id)
    )
)
