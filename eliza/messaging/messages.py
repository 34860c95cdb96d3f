"""Messages: the one way a message comes into being, and the ways to read it again."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from peewee import Case, ModelSelect

from eliza import faults
from eliza.clock import Clock, milliseconds
from eliza.db import Database, tables
from eliza.db.rows import dicts, tuples
from eliza.errors import Conflict, InvalidInput
from eliza.events import Bus, ChannelCleared, Message, MessageDeleted, MessagePosted
from eliza.ids import new_id
from eliza.messaging.announcements import Announcements
from eliza.messaging.channels import ChannelNotFound


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say in a channel.

    ``submission_key`` is the author's own name for this submission: posting it again yields the message that the first
    one made. ``turn_id`` and ``part`` mark an agent's reply. ``origin`` names the connection it came in on.
    """

    channel_id: UUID
    author_id: UUID
    text: str
    author_name: str | None = None
    in_reply_to: UUID | None = None
    source_type: str | None = None
    source_id: str | None = None
    raw: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    submission_key: str | None = None
    message_id: UUID | None = None
    turn_id: UUID | None = None
    part: int = 0
    hop: int = 0
    origin: str | None = None

    @property
    def fingerprint(self) -> str:
        """Two drafts with the same fingerprint say the same."""
        said = [self.text, str(self.in_reply_to or ""), (self.raw or {}).get("attachments")]
        return hashlib.sha256(orjson.dumps(said, default=str)).hexdigest()


@dataclass(frozen=True, slots=True)
class Posted:
    message: Message
    is_replay: bool
    """True when an earlier submission of the same key had already made it."""


class SubmissionKeyReused(Conflict):
    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, key: str) -> None:
        super().__init__(f"Submission key {key} was used for another message in this channel")


class MessageIdTaken(Conflict):
    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"Message {message_id} already exists")


class Messages:
    def __init__(self, database: Database, clock: Clock, bus: Bus, announcements: Announcements) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._announcements = announcements

    def post(self, draft: Draft) -> Posted:
        """Store a message, with a turn for every agent of the channel, and announce it once that is durable.

        Raises ``ChannelNotFound``, ``SubmissionKeyReused`` or ``InvalidInput``; then nothing is stored.
        """
        if not draft.text.strip() and not (draft.raw or {}).get("attachments"):
            raise InvalidInput("content must not be empty")
        return self._database.write(lambda: self.accept(draft), order=draft.channel_id)

    def accept(self, draft: Draft) -> Posted:
        """The step inside a transaction by which every message enters, for a unit of work that writes more than it."""
        earlier = _earlier(draft)
        if earlier is not None:
            return Posted(earlier, is_replay=True)
        message = _insert(draft, self._clock.now())
        self._announcements.prepare(MessagePosted(message, draft.origin))
        faults.point("accept.before_commit")
        return Posted(message, is_replay=False)

    def get(self, message_id: UUID) -> Message | None:
        with self._database.read():
            return _first(_select().where(tables.Message.id == message_id))

    def page(
        self, channel_id: UUID, *, limit: int, before: datetime | None = None, before_seq: int | None = None
    ) -> list[Message]:
        """Newest first: at most ``limit``, older than the moment or the ``seq`` given."""
        query = _select().where(tables.Message.channel == channel_id)
        if before is not None:
            query = query.where(tables.Message.created_at < before)
        if before_seq is not None:
            query = query.where(tables.Message.seq < before_seq)
        with self._database.read():
            return _messages(query.order_by(tables.Message.seq.desc()).limit(limit))

    def after(self, channel_id: UUID, seq: int, *, limit: int) -> list[Message]:
        """Oldest first: what follows ``seq``, at most ``limit``."""
        query = _select().where((tables.Message.channel == channel_id) & (tables.Message.seq > seq))
        with self._database.read():
            return _messages(query.order_by(tables.Message.seq).limit(limit))

    def until(self, channel_id: UUID, seq: int, *, limit: int) -> list[Message]:
        """Oldest first: the ``limit`` messages that end with ``seq``."""
        return self.page(channel_id, limit=limit, before_seq=seq + 1)[::-1]

    def delete(self, channel_id: UUID, message_id: UUID) -> bool:
        """Delete a message of that channel and its turns; False when there is none."""
        return self._delete(channel_id, message_id)

    def clear(self, channel_id: UUID) -> None:
        def work() -> None:
            tables.Message.delete().where(tables.Message.channel == channel_id).execute()
            self._database.after_commit(lambda: self._bus.publish(ChannelCleared(channel_id)))

        self._database.write(work, order=channel_id)

    def _delete(self, channel_id: UUID, message_id: UUID) -> bool:
        def work() -> bool:
            this = (tables.Message.id == message_id) & (tables.Message.channel == channel_id)
            if not tables.Message.delete().where(this).execute():
                return False
            self._database.after_commit(lambda: self._bus.publish(MessageDeleted(channel_id, message_id)))
            return True

        return self._database.write(work, order=channel_id)


def _earlier(draft: Draft) -> Message | None:
    if draft.submission_key is None:
        return None
    this = (
        (tables.Message.channel == draft.channel_id)
        & (tables.Message.author_id == draft.author_id)
        & (tables.Message.submission_key == draft.submission_key)
    )
    found = dicts(_select().where(this).select_extend(tables.Message.fingerprint))
    if not found:
        return None
    if found[0].pop("fingerprint") != draft.fingerprint:
        raise SubmissionKeyReused(draft.submission_key)
    return Message(**_fields(found[0]))


def _insert(draft: Draft, now: datetime) -> Message:
    seq, server_id, now = _next_place(draft.channel_id, now)
    agents = _agents_of(draft)
    names = {agent_id: name for agent_id, name, _ in agents}
    is_agent = draft.turn_id is not None or draft.author_id in names
    message = Message(
        id=draft.message_id or new_id(),
        channel_id=draft.channel_id,
        message_server_id=server_id,
        seq=seq,
        author_id=draft.author_id,
        author_name=draft.author_name or names.get(draft.author_id),
        is_agent=is_agent,
        text=draft.text,
        created_at=now,
        updated_at=now,
        source_type=draft.source_type,
        source_id=draft.source_id,
        in_reply_to=draft.in_reply_to,
        raw=draft.raw,
        metadata=draft.metadata,
        hop=max(draft.hop, 1) if is_agent else 0,
        client_id=draft.submission_key,
    )
    _write_message(message, draft)
    _open_turns(message, agents)
    return message


def _next_place(channel_id: UUID, now: datetime) -> tuple[int, UUID, datetime]:
    """Take the channel's next ``seq`` and moment. The row stays locked until the commit, which orders the channel.

    Moments rise strictly within a channel, whatever the clock does, so that paging by time skips nothing.
    """
    channel = tables.Channel
    moment = Case(None, [(channel.updated_at >= now, channel.updated_at + 1)], milliseconds(now))
    taken = channel.update(last_seq=channel.last_seq + 1, updated_at=moment).where(channel.id == channel_id)
    rows = tuples(taken.returning(channel.last_seq, channel.message_server, channel.updated_at))
    if not rows:
        raise ChannelNotFound(channel_id)
    seq, server_id, updated_at = rows[0]
    return seq, server_id, updated_at


def _agents_of(draft: Draft) -> list[tuple[Any, ...]]:
    """Id, name and status of the channel's agents, and of the one the draft names as its target."""
    agent, seat = tables.Agent, tables.ChannelParticipant
    seated = seat.select(seat.entity_id).where(seat.channel == draft.channel_id)
    wanted = agent.id.in_(seated)
    target = _target(draft)
    if target is not None:
        wanted = wanted | (agent.id == target)
    return tuples(agent.select(agent.id, agent.name, agent.status).where(wanted).order_by(agent.id))


def _target(draft: Draft) -> UUID | None:
    try:
        return UUID(str(draft.metadata["targetAgentId"]))
    except (KeyError, ValueError):
        return None


def _write_message(message: Message, draft: Draft) -> None:
    if draft.message_id is not None and tables.Message.select().where(tables.Message.id == message.id).exists():
        raise MessageIdTaken(message.id)
    tables.Message.insert(
        id=message.id,
        channel=message.channel_id,
        seq=message.seq,
        author_id=message.author_id,
        author_name=message.author_name,
        is_agent=message.is_agent,
        content=message.text,
        raw_message=message.raw,
        in_reply_to_root_message_id=message.in_reply_to,
        source_type=message.source_type,
        source_id=message.source_id,
        metadata=message.metadata,
        hop=message.hop,
        turn_id=draft.turn_id,
        part=draft.part,
        submission_key=draft.submission_key,
        fingerprint=draft.fingerprint if draft.submission_key else None,
        created_at=message.created_at,
        updated_at=message.updated_at,
    ).execute()


def _open_turns(message: Message, agents: Iterable[tuple[Any, ...]]) -> None:
    turns = [
        {
            "id": new_id(),
            "message": message.id,
            "channel": message.channel_id,
            "agent": agent_id,
            "seq": message.seq,
            "hop": message.hop,
            "created_at": message.created_at,
            **_beginning(name, status, message.created_at),
        }
        for agent_id, name, status in agents
        if agent_id != message.author_id
    ]
    if turns:
        tables.Turn.insert_many(turns).execute()


def _beginning(name: str, status: str, now: datetime) -> dict[str, object]:
    if status == "active":
        return {"status": "pending", "reason": None, "ended_at": None}
    return {"status": "ignored", "reason": f"{name} is stopped", "ended_at": now}


_COLUMNS = (
    tables.Message.id,
    tables.Message.channel.alias("channel_id"),
    tables.Channel.message_server.alias("message_server_id"),
    tables.Message.seq,
    tables.Message.author_id,
    tables.Message.author_name,
    tables.Message.is_agent,
    tables.Message.content.alias("text"),
    tables.Message.created_at,
    tables.Message.updated_at,
    tables.Message.source_type,
    tables.Message.source_id,
    tables.Message.in_reply_to_root_message_id.alias("in_reply_to"),
    tables.Message.raw_message.alias("raw"),
    tables.Message.metadata,
    tables.Message.hop,
    tables.Message.submission_key.alias("client_id"),
)


def _select() -> "ModelSelect[tables.Message]":
    return tables.Message.select(*_COLUMNS).join(tables.Channel)


def _messages(query: "ModelSelect[tables.Message]") -> list[Message]:
    return [Message(**_fields(row)) for row in dicts(query)]


def _first(query: "ModelSelect[tables.Message]") -> Message | None:
    return next(iter(_messages(query.limit(1))), None)


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "metadata": row["metadata"] or {}}
