"""Sessions: beginning them, keeping them alive, and clearing away those that have long been over."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import SQL, Value, fn

from eliza.agents.agents import Agents
from eliza.clock import Clock
from eliza.config import SessionSettings
from eliza.db import Database, tables
from eliza.db.paging import Page, page_of
from eliza.db.participation import exists
from eliza.db.rows import column, tuples
from eliza.ids import new_id
from eliza.messaging.arrivals import Arrivals
from eliza.messaging.channels import Channels, WithThemselves
from eliza.messaging.messages import Draft, Posted
from eliza.sessions.session import CannotLastLonger, Session, SessionExpired, SessionNotFound
from eliza.sessions.timeouts import Timeouts, Wishes

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
"""How long a session that is over is remembered as such, and its channel kept."""

_SOURCE = "session"
_PREFIX = "session-"
_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Census:
    """How many sessions there are. Those that expire soon are near their end by their own measure."""

    total: int
    active: int
    expiring_soon: int


@dataclass(frozen=True, slots=True)
class Said:
    """A message in a session, and how the session stands after it."""

    posted: Posted
    session: Session
    was_renewed: bool


class Sessions:
    """Every change reads the row under its lock, so that of two at the same time neither is lost."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        agents: Agents,
        channels: Channels,
        arrivals: Arrivals,
        settings: SessionSettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._agents = agents
        self._channels = channels
        self._arrivals = arrivals
        self._settings = settings

    def begin(
        self, agent_id: UUID, user_id: UUID, *, metadata: Mapping[str, Any] | None = None, wishes: Wishes | None = None
    ) -> Session:
        """A new session with a direct channel of its own. How long it lasts say ``wishes``, and else the agent.

        Raises ``AgentNotRunning`` or ``WithThemselves``.
        """
        if user_id == agent_id:
            raise WithThemselves("userId", other="agentId")

        def work() -> Session:
            timeouts = self._timeouts_of(agent_id).with_wishes(wishes or Wishes()).within(self._settings)
            session_id, now = new_id(), self._clock.now()
            channel = self._channels.create(
                f"{_PREFIX}{session_id}",
                type="DM",
                participants=(user_id, agent_id),
                source_type=_SOURCE,
                source_id=str(session_id),
                metadata={"sessionId": str(session_id), "isDm": True},
            )
            row = tables.Session.create(
                id=session_id,
                agent=agent_id,
                channel=channel.id,
                user_id=user_id,
                metadata=dict(metadata or {}),
                timeout_config=timeouts.to_json(),
                created_at=now,
                last_activity=now,
                expires_at=timeouts.end(now, now),
            )
            return _session(row)

        return self._database.write(work)

    def get(self, session_id: UUID) -> Session:
        """Raises ``SessionNotFound`` or ``SessionExpired``."""
        with self._database.read():
            return self._living(session_id, self._clock.now())

    def is_of(self, session_id: UUID, person: UUID) -> bool:
        """True for a session of theirs, be it over or not."""
        with self._database.read():
            return exists(tables.Session, (tables.Session.id == session_id) & (tables.Session.user_id == person))

    def active(self, *, limit: int, cursor: str | None = None, person: UUID | None = None) -> Page[Session]:
        """Those that are not over, newest first; only somebody's, if ``person`` is given."""
        session = tables.Session
        with self._database.read():
            living = _of(person, session.select()).where(session.expires_at > self._clock.now())
            page = page_of(living, by=(session.created_at, session.id), newest_first=True, limit=limit, cursor=cursor)
            return page.map(_session)

    def census(self, person: UUID | None = None) -> Census:
        """Of all sessions, or of somebody's."""
        session, now = tables.Session, self._clock.now()
        warning = session.timeout_config["warningThresholdMinutes"].cast("REAL") * _MINUTE
        living = session.expires_at > now
        with self._database.read():
            counted = session.select(
                fn.COUNT(SQL("*")),
                fn.COUNT(SQL("*")).filter(living),
                fn.COUNT(SQL("*")).filter(living & (session.expires_at - now <= warning)),
            )
            return Census(*tuples(_of(person, counted))[0])

    def say(self, session_id: UUID, draft: Callable[[Session], Draft]) -> Said:
        """Post what ``draft`` makes of the session, as a sign of life: both happen or neither does.

        Raises ``SessionNotFound`` or ``SessionExpired``, and what ``Arrivals.receive`` raises.
        """

        def work() -> Said:
            session = self._locked(session_id)
            used = self._keep(session.used(self._clock.now()))
            return Said(self._arrivals.receive(draft(used)), used, used.renewal_count > session.renewal_count)

        return self._database.write(work, order=self.get(session_id).channel_id)

    def renew(self, session_id: UUID) -> Session:
        """Let its time begin anew. Raises ``SessionNotFound``, ``SessionExpired`` or ``CannotLastLonger``."""

        def renewed(session: Session) -> Session:
            if not session.can_last_longer:
                raise CannotLastLonger(session)
            return session.renewed(self._clock.now())

        return self._change(session_id, renewed)

    def beat(self, session_id: UUID) -> Session:
        """A sign of life without a message. Raises ``SessionNotFound`` or ``SessionExpired``."""
        return self._change(session_id, lambda session: session.used(self._clock.now()))

    def set_timeouts(self, session_id: UUID, wishes: Wishes) -> Session:
        """Change what is given. Raises ``SessionNotFound``, ``SessionExpired`` or ``InvalidInput``."""
        wishes.require_allowed(self._settings)
        return self._change(
            session_id, lambda session: session.timed(session.timeouts.with_wishes(wishes).within(self._settings))
        )

    def delete(self, session_id: UUID) -> None:
        """Delete a session, be it over or not, with its channel and all that was said there.

        Raises ``SessionNotFound``.
        """

        def work() -> None:
            self._database.lock(tables.Session, session_id)  # In the order in which a message takes the two locks.
            self._channels.delete(_row(session_id).channel_id)

        self._database.write(work)

    def sweep(self) -> None:
        """Delete the sessions that have been over for ``KEPT``, with their channels, and what deleted agents left."""
        session, channel = tables.Session, tables.Channel
        # Clients may make channels of any source, but not one that is named after its own.
        ours = (channel.source_type == _SOURCE) & (channel.name == Value(_PREFIX).concat(channel.source_id))
        wanted = session.select(session.channel).where(session.expires_at > self._clock.now() - KEPT)
        with self._database.read():
            left = column(channel.select(channel.id).where(ours & channel.id.not_in(wanted)))
        for channel_id in left:
            self._channels.delete(channel_id)
        if left:
            log.info("sessions swept away", extra={"count": len(left)})

    def end_all(self) -> None:
        """Let every session be over now."""
        session, now = tables.Session, self._clock.now()
        self._database.write(lambda: session.update(expires_at=now).where(session.expires_at > now).execute())

    def _timeouts_of(self, agent_id: UUID) -> Timeouts:
        character = self._agents.require_running(agent_id).character
        return Timeouts.default(self._settings).with_wishes(Wishes.of(character))

    def _change(self, session_id: UUID, change: Callable[[Session], Session]) -> Session:
        return self._database.write(lambda: self._keep(change(self._locked(session_id))))

    def _locked(self, session_id: UUID) -> Session:
        self._database.lock(tables.Session, session_id)
        return self._living(session_id, self._clock.now())

    def _living(self, session_id: UUID, now: datetime) -> Session:
        session = _session(_row(session_id))
        if session.has_expired(now):
            raise SessionExpired(session_id)
        return session

    def _keep(self, session: Session) -> Session:
        row = tables.Session
        row.update(
            timeout_config=session.timeouts.to_json(),
            renewal_count=session.renewal_count,
            last_activity=session.last_activity,
            expires_at=session.expires_at,
        ).where(row.id == session.id).execute()
        return session


def _of(person: UUID | None, query: Any) -> Any:
    return query if person is None else query.where(tables.Session.user_id == person)


def _row(session_id: UUID) -> tables.Session:
    row = tables.Session.get_or_none(tables.Session.id == session_id)
    if row is None:
        raise SessionNotFound(session_id)
    return row


def _session(row: tables.Session) -> Session:
    return Session(
        id=row.id,
        agent_id=row.agent_id,
        channel_id=row.channel_id,
        user_id=row.user_id,
        metadata=row.metadata,
        timeouts=Timeouts.from_json(row.timeout_config),
        created_at=row.created_at,
        last_activity=row.last_activity,
        expires_at=row.expires_at,
        renewal_count=row.renewal_count,
    )
