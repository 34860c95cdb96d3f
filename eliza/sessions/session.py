"""Session: a conversation of one person with one agent that ends by itself when nobody goes on with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eliza.errors import ElizaError, NotFound
from eliza.sessions.timeouts import Timeouts


class SessionNotFound(NotFound):
    code = "SESSION_NOT_FOUND"

    def __init__(self, session_id: UUID | str) -> None:
        super().__init__(f"Session {session_id} not found", details={"sessionId": str(session_id)})


class SessionExpired(ElizaError):
    """It is over, and nothing brings it back."""

    status = 410
    code = "SESSION_EXPIRED"

    def __init__(self, session_id: UUID) -> None:
        super().__init__(f"Session {session_id} has expired", details={"sessionId": str(session_id)})


class CannotLastLonger(ElizaError):
    status = 400
    code = "SESSION_RENEWAL_FAILED"

    def __init__(self, session: "Session") -> None:
        reason = f"it lasts {session.timeouts.longest_minutes:g} minutes at most"
        super().__init__(f"Session {session.id} cannot be renewed: {reason}", details={"sessionId": str(session.id)})


@dataclass(frozen=True, slots=True)
class Session:
    """How it stands. What happens to it makes another one of it; ``Sessions`` keeps that."""

    id: UUID
    agent_id: UUID
    channel_id: UUID
    user_id: UUID
    metadata: Mapping[str, Any]
    timeouts: Timeouts
    created_at: datetime
    last_activity: datetime
    expires_at: datetime
    renewal_count: int = 0

    @property
    def can_last_longer(self) -> bool:
        return self.expires_at < self.timeouts.last_moment(self.created_at)

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at <= now

    def remaining(self, now: datetime) -> timedelta:
        return max(self.expires_at - now, timedelta())

    def is_near_its_end(self, now: datetime) -> bool:
        return self.remaining(now) <= timedelta(minutes=self.timeouts.warning_minutes)

    def renewed(self, now: datetime) -> "Session":
        return replace(
            self,
            last_activity=now,
            expires_at=self.timeouts.end(self.created_at, now),
            renewal_count=self.renewal_count + 1,
        )

    def used(self, now: datetime) -> "Session":
        """After a sign of life. It is renewed by it if it is to be, and can be."""
        if self.timeouts.auto_renew and self.can_last_longer:
            return self.renewed(now)
        return replace(self, last_activity=now)

    def timed(self, timeouts: Timeouts) -> "Session":
        """With other timeouts, counted from its last sign of life; from its beginning if that renews nothing."""
        counts = timeouts.auto_renew or self.renewal_count > 0
        since = self.last_activity if counts else self.created_at
        return replace(self, timeouts=timeouts, expires_at=timeouts.end(self.created_at, since))
