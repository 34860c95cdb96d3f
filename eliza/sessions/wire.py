"""Wire: sessions as elizaOS's clients know them."""

from datetime import datetime, timedelta
from typing import NotRequired

from typing_extensions import TypedDict

from eliza.clock import SystemClock, milliseconds
from eliza.db.paging import Page
from eliza.errors import ElizaError
from eliza.events import Message
from eliza.http.current import current
from eliza.http.envelope import Id, Iso, Json, given, iso
from eliza.messaging.wire import MessageJson, PostedJson, central_message
from eliza.sessions.excerpt import Excerpt
from eliza.sessions.session import Session
from eliza.sessions.sessions import Census, Said
from eliza.sessions.timeouts import Timeouts

_MILLISECOND = timedelta(milliseconds=1)


class SessionFailureCause(TypedDict):
    code: str
    message: str
    timestamp: Iso
    details: NotRequired[Json]


class SessionFailure(TypedDict):
    error: SessionFailureCause


class TimeoutConfigJson(TypedDict):
    timeoutMinutes: float
    autoRenew: bool
    maxDurationMinutes: float
    warningThresholdMinutes: float


class BegunSessionJson(TypedDict):
    sessionId: Id
    channelId: Id
    agentId: Id
    userId: Id
    createdAt: Iso
    metadata: Json
    expiresAt: Iso
    timeoutConfig: TimeoutConfigJson


class SessionJson(BegunSessionJson):
    lastActivity: Iso
    renewalCount: int
    timeRemaining: int
    isNearExpiration: bool


class SessionStatsJson(TypedDict):
    totalSessions: int
    activeSessions: int
    expiredSessions: int


class SessionsJson(TypedDict):
    sessions: list[SessionJson]
    total: int
    stats: SessionStatsJson


class SessionsHealthJson(TypedDict):
    status: str
    activeSessions: int
    timestamp: Iso
    expiringSoon: int
    uptime: float


class SessionStatusJson(TypedDict):
    expiresAt: Iso
    renewalCount: int
    wasRenewed: bool
    isNearExpiration: bool


class SaidJson(PostedJson, TypedDict):
    success: bool
    sessionStatus: SessionStatusJson


class SaidDataJson(MessageJson, SaidJson):
    """The message itself, and what stands beside it once more."""


class AnsweredSessionJson(SaidJson):
    data: SaidDataJson


class SessionMessageJson(TypedDict):
    id: Id
    content: str
    authorId: Id
    isAgent: bool
    createdAt: Iso
    metadata: Json


class CursorsJson(TypedDict):
    before: int
    after: int


class SessionMessagesJson(TypedDict):
    messages: list[SessionMessageJson]
    hasMore: bool
    cursors: NotRequired[CursorsJson]


class DoneJson(TypedDict):
    success: bool
    message: str


class DeletedSessionJson(DoneJson):
    data: DoneJson


def failure(error: ElizaError) -> SessionFailure:
    """As elizaOS tells it, without the stack."""
    now = current(SystemClock).now()
    cause: SessionFailureCause = {"code": error.code, "message": error.message, "timestamp": iso(now)}
    return {"error": given(cause, details=error.details or None)}


def begun(session: Session) -> BegunSessionJson:
    return {
        "sessionId": session.id,
        "channelId": session.channel_id,
        "agentId": session.agent_id,
        "userId": session.user_id,
        "createdAt": iso(session.created_at),
        "metadata": dict(session.metadata),
        "expiresAt": iso(session.expires_at),
        "timeoutConfig": _timeout_config(session.timeouts),
    }


def session(session: Session, now: datetime) -> SessionJson:
    return {
        **begun(session),
        "lastActivity": iso(session.last_activity),
        "renewalCount": session.renewal_count,
        "timeRemaining": session.remaining(now) // _MILLISECOND,
        "isNearExpiration": session.is_near_its_end(now),
    }


def sessions(page: Page[Session], census: Census, now: datetime) -> SessionsJson:
    return {
        "sessions": [session(item, now) for item in page.items],
        "total": page.total,
        "stats": {
            "totalSessions": census.total,
            "activeSessions": census.active,
            "expiredSessions": census.total - census.active,
        },
    }


def status(said: Said, now: datetime) -> SessionStatusJson:
    return {
        "expiresAt": iso(said.session.expires_at),
        "renewalCount": said.session.renewal_count,
        "wasRenewed": said.was_renewed,
        "isNearExpiration": said.session.is_near_its_end(now),
    }


def messages(part: Excerpt) -> SessionMessagesJson:
    shape: SessionMessagesJson = {
        "messages": [_message(message) for message in part.messages],
        "hasMore": part.has_more,
    }
    return given(shape, cursors=_cursors(part) if part.messages else None)


def done(message: str) -> DeletedSessionJson:
    return {"success": True, "message": message, "data": {"success": True, "message": message}}


def _timeout_config(timeouts: Timeouts) -> TimeoutConfigJson:
    return {
        "timeoutMinutes": timeouts.minutes,
        "autoRenew": timeouts.auto_renew,
        "maxDurationMinutes": timeouts.longest_minutes,
        "warningThresholdMinutes": timeouts.warning_minutes,
    }


def _message(message: Message) -> SessionMessageJson:
    return {
        "id": message.id,
        "content": message.text,
        "authorId": message.author_id,
        "isAgent": message.is_agent,
        "createdAt": iso(message.created_at),
        "metadata": central_message(message)["metadata"],
    }


def _cursors(part: Excerpt) -> CursorsJson:
    """What to ask for to read on, backwards or forwards."""
    newest, oldest = part.messages[0], part.messages[-1]
    return {"before": milliseconds(oldest.created_at), "after": milliseconds(newest.created_at)}
