"""Messages: the one way a message comes into being, and the ways to read it again."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from eliza import faults
from eliza.access.principal import Forbidden
from eliza.clock import Clock, milliseconds
from eliza.db import Database, Statement, tables
from eliza.db.participation import takes_part
from eliza.errors import Conflict, InvalidInput, NotFound
from eliza.events import Bus, ChannelCleared, Message, MessageDeleted, MessagePosted, TurnChanged
from eliza.ids import NOBODY, new_id, reply_id
from eliza.messaging import statements
from eliza.messaging.announcements import Announcements
from eliza.messaging.channels import ChannelNotFound

_ENDLESS = 2**62
_BEGINNING_OF_TIME, _END_OF_TIME = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say in a channel.

    ``submission_key`` is the author's own name for this submission: posting it again yields the message that the first
    one made. ``turn_id`` and ``part`` mark an agent's reply, and so does a ``hop``. ``origin`` names the connection it
    came in on. A message that is not ``for_agents`` opens no turn. With ``by_member``, the author and an
    addressed agent must take part in the channel.
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
    for_agents: bool = True
    origin: str | None = None
    by_member: bool = False

    @property
    def fingerprint(self) -> str:
        """Two drafts with the same fingerprint say the same."""
        said = [self.text, str(self.in_reply_to or ""), (self.raw or {}).get("attachments")]
        return hashlib.sha256(orjson.dumps(said, default=str)).hexdigest()

    @property
    def target(self) -> UUID:
        """The agent that the message is addressed to, or ``NOBODY``."""
        try:
            return UUID(str(self.metadata["targetAgentId"]))
        except (KeyError, ValueError):
            return NOBODY

    def require_content(self) -> None:
        """Raises ``InvalidInput`` when there is neither a word nor an attachment."""
        if not self.text.strip() and not (self.raw or {}).get("attachments"):
            raise InvalidInput("content must not be empty")


@dataclass(frozen=True, slots=True)
class Posted:
    message: Message
    is_replay: bool
    """True when an earlier submission of the same key had already made it."""


class MessageNotFound(NotFound):
    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"Message {message_id} not found")


class AgentNotHere(Forbidden):
    """The addressed agent would read the channel. Only the creator of a channel may add an agent."""

    code = "AGENT_NOT_HERE"

    def __init__(self, channel_id: UUID, agent_id: UUID) -> None:
        super().__init__(f"Agent {agent_id} does not take part in channel {channel_id}; its creator can add the agent")


class SubmissionKeyReused(Conflict):
    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, key: str) -> None:
        super().__init__(f"Submission key {key} was used for another message in this channel")


class Messages:
    """``alongside`` is called inside each unit of work that stores a message, for what must be stored with it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        announcements: Announcements,
        alongside: Callable[[Message], None] = lambda message: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._announcements = announcements
        self._alongside = alongside

    def post(self, draft: Draft) -> Posted:
        """Store a message, with a turn for every agent of the channel, and announce it once that is durable.

        Raises ``ChannelNotFound``, ``SubmissionKeyReused``, ``InvalidInput``, or for a member ``AgentNotHere``; then
        nothing is stored.
        """
        draft.require_content()
        return self._database.write(lambda: self.accept(draft), order=draft.channel_id)

    def accept(self, draft: Draft) -> Posted:
        """The step inside a transaction by which every message enters, for a unit of work that writes more than it."""
        if draft.by_member:
            _require_present(draft)
        earlier = self._earlier(draft)
        if earlier is not None:
            return Posted(earlier, is_replay=True)
        message = self._insert(draft)
        faults.point("accept.before_commit")
        return Posted(message, is_replay=False)

    def get(self, message_id: UUID) -> Message | None:
        with self._database.read():
            return next(self._loaded(statements.ONE, id=message_id), None)

    def existing(self, message_id: UUID) -> Message:
        """Raises ``MessageNotFound``."""
        message = self.get(message_id)
        if message is None:
            raise MessageNotFound(message_id)
        return message

    def of_turn(self, turn_id: UUID) -> list[Message]:
        """What an agent wrote in one turn, in order."""
        with self._database.read():
            return list(self._loaded(statements.OF_TURN, turn_id=turn_id))

    def page(
        self,
        channel_id: UUID,
        *,
        limit: int,
        before: datetime | None = None,
        before_seq: int | None = None,
        after: datetime | None = None,
        skip: int = 0,
    ) -> list[Message]:
        """Newest first: at most ``limit`` between the moments, and older than the ``seq``, that are given."""
        between = {"after": after or _BEGINNING_OF_TIME, "before": before or _END_OF_TIME}
        seq = _ENDLESS if before_seq is None else before_seq
        sought = {"channel": channel_id, "before_seq": seq, "limit": limit, "skip": skip}
        with self._database.read():
            return list(self._loaded(statements.PAGE, **sought, **between))

    def after(self, channel_id: UUID, seq: int, *, limit: int) -> list[Message]:
        """Oldest first: what follows ``seq``, at most ``limit``."""
        with self._database.read():
            return list(self._loaded(statements.AFTER, channel=channel_id, seq=seq, limit=limit))

    def delete(self, channel_id: UUID, message_id: UUID) -> bool:
        """Delete a message of that channel and its turns; False when there is none."""

        def work() -> bool:
            this = (tables.Message.id == message_id) & (tables.Message.channel == channel_id)
            if not tables.Message.delete().where(this).execute():
                return False
            self._database.after_commit(lambda: self._bus.publish(MessageDeleted(channel_id, message_id)))
            return True

        return self._database.write(work, order=channel_id)

    def clear(self, channel_id: UUID) -> None:
        """Delete every message of the channel and their turns. Raises ``ChannelNotFound``."""

        def work() -> None:
            if not tables.Channel.select().where(tables.Channel.id == channel_id).exists():
                raise ChannelNotFound(channel_id)
            tables.Message.delete().where(tables.Message.channel == channel_id).execute()
            self._database.after_commit(lambda: self._bus.publish(ChannelCleared(channel_id)))

        self._database.write(work, order=channel_id)

    def _earlier(self, draft: Draft) -> Message | None:
        if draft.submission_key is None:
            return None
        found = self._database.run(
            statements.EARLIER, channel=draft.channel_id, author=draft.author_id, submission_key=draft.submission_key
        )
        if not found:
            return None
        *fields, fingerprint = found[0]
        if fingerprint != draft.fingerprint:
            raise SubmissionKeyReused(draft.submission_key)
        return _message(fields)

    def _insert(self, draft: Draft) -> Message:
        seq, server_id, now = self._next_place(draft.channel_id)
        agents = self._agents_of(draft)
        names = {agent_id: name for agent_id, name, _ in agents}
        is_agent = draft.hop > 0 or draft.turn_id is not None or draft.author_id in names
        message = Message(
            id=draft.message_id or new_id(),
            channel_id=draft.channel_id,
            message_server_id=server_id,
            seq=seq,
            author_id=draft.author_id,
            author_name=_name(draft, names.get(draft.author_id)),
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
        self._write(message, draft)
        self._alongside(message)
        self._announcements.prepare(MessagePosted(message, draft.origin))
        for agent_id, name, status in agents:
            if draft.for_agents and agent_id != message.author_id:
                self._open_turn(message, agent_id, name, status)
        return message

    def _next_place(self, channel_id: UUID) -> tuple[int, UUID, datetime]:
        """Take the channel's next ``seq`` and moment. The row stays locked until the commit, which orders the channel.

        Moments rise strictly within a channel, whatever the clock does, so that paging by time skips nothing.
        """
        rows = self._database.run(statements.NEXT_PLACE, channel=channel_id, now=milliseconds(self._clock.now()))
        if not rows:
            raise ChannelNotFound(channel_id)
        seq, server_id, moment = rows[0]
        return seq, server_id, moment

    def _agents_of(self, draft: Draft) -> list[tuple[Any, ...]]:
        """Id, name and status of the channel's agents, of the author, and of the one the draft names as its target."""
        return self._database.run(
            statements.AGENTS, channel=draft.channel_id, target=draft.target, author=draft.author_id
        )

    def _write(self, message: Message, draft: Draft) -> None:
        self._database.run(
            statements.INSERT,
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
            announced=False,
            created_at=message.created_at,
            updated_at=message.updated_at,
        )

    def _open_turn(self, message: Message, agent_id: UUID, name: str, status: str) -> None:
        is_open = status == "active"
        turn_id = new_id()
        reason = None if is_open else f"{name} is stopped"
        self._database.run(
            statements.OPEN_TURN,
            id=turn_id,
            message=message.id,
            channel=message.channel_id,
            agent=agent_id,
            seq=message.seq,
            hop=message.hop,
            status="pending" if is_open else "ignored",
            reason=reason,
            attempt=0,
            created_at=message.created_at,
            ended_at=None if is_open else message.created_at,
        )
        if not is_open:
            ended = TurnChanged(
                turn_id=turn_id,
                message_id=message.id,
                reply_id=reply_id(turn_id),
                channel_id=message.channel_id,
                agent_id=agent_id,
                agent_name=name,
                status="ignored",
                reason=reason,
            )
            self._database.after_commit(lambda: self._bus.publish(ended))

    def _loaded(self, statement: Statement, **values: object) -> Iterator[Message]:
        return map(_message, self._database.run(statement, **values))


def _message(fields: Sequence[Any]) -> Message:
    return Message(*fields)


def _name(draft: Draft, agents_name: str | None) -> str | None:
    """The author's name to store. For members, an agent's own name takes precedence over the given one."""
    return agents_name or draft.author_name if draft.by_member else draft.author_name or agents_name


def _require_present(draft: Draft) -> None:
    if not takes_part(draft.author_id, draft.channel_id):
        raise ChannelNotFound(draft.channel_id)
    if draft.target != NOBODY and not takes_part(draft.target, draft.channel_id):
        raise AgentNotHere(draft.channel_id, draft.target)
