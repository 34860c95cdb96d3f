"""Routes of sessions. An id that is none names no session, as one that nobody has: clients of elizaOS expect a 404."""

import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from eliza.audit.audit import Audit
from eliza.clock import SystemClock
from eliza.config import Settings
from eliza.http import api, envelope
from eliza.http.body import header_key
from eliza.http.current import current
from eliza.http.envelope import answer, iso
from eliza.http.paging import Paging, paged
from eliza.http.principal import current_principal, sender
from eliza.ids import is_uuid
from eliza.messaging.answers import Answers
from eliza.messaging.messages import Draft, Messages
from eliza.messaging.posting import marked
from eliza.messaging.senders import attributed
from eliza.sessions import bodies, wire
from eliza.sessions.excerpt import excerpt
from eliza.sessions.session import Session, SessionNotFound
from eliza.sessions.sessions import Said, Sessions
from eliza.sessions.timeouts import Wishes

bp = Blueprint("sessions", __name__, url_prefix="/api/messaging/sessions")
envelope.speak(bp, wire.failure)

_STARTED = time.monotonic()


@bp.get("/health")
@api.returns(wire.SessionsHealthJson)
def sessions_health() -> ResponseReturnValue:
    """Counts the sessions that the caller may see."""
    census = current(Sessions).census(current_principal().scope)
    shape: wire.SessionsHealthJson = {
        "status": "healthy",
        "activeSessions": census.active,
        "timestamp": iso(current(SystemClock).now()),
        "expiringSoon": census.expiring_soon,
        "uptime": round(time.monotonic() - _STARTED, 3),
    }
    return answer(shape)


@bp.get("")
@api.also(bp, "/", methods=["GET"])
@api.returns(wire.SessionsJson)
def list_sessions(query: Paging) -> ResponseReturnValue:
    """Those that are not over, newest first."""
    person = current_principal().scope
    page = current(Sessions).active(limit=query.limit, cursor=query.cursor, person=person)
    shape = wire.sessions(page, current(Sessions).census(person), current(SystemClock).now())
    return paged(answer(shape), page)


@bp.post("")
@api.also(bp, "/", methods=["POST"])
@api.returns(wire.BegunSessionJson, status=201)
def begin_session(json: bodies.NewSession) -> ResponseReturnValue:
    wishes = json.timeout_config.wishes if json.timeout_config else Wishes()
    user_id = sender(json.user_id, "userId")
    session = current(Sessions).begin(json.agent_id, user_id, metadata=json.metadata, wishes=wishes)
    return answer(wire.begun(session), 201)


@bp.get("/<session_id>")
@api.returns(wire.SessionJson)
def get_session(session_id: str) -> ResponseReturnValue:
    return _told(current(Sessions).get(_id(session_id)))


@bp.delete("/<session_id>")
@api.returns(wire.DeletedSessionJson)
def delete_session(session_id: str) -> ResponseReturnValue:
    known = _id(session_id)
    current(Audit).along(partial(current(Sessions).delete, known), "session.delete", target=f"session:{known}")
    return answer(wire.done(f"Session {session_id} deleted"))


@bp.post("/<session_id>/messages")
@api.heeds("Idempotency-Key")
@api.returns(wire.AnsweredSessionJson, status=201, or_else={200: api.EVENTS})
def post_session_message(session_id: str, json: bodies.NewSessionMessage) -> ResponseReturnValue:
    said = current(Sessions).say(_id(session_id), _draft_of(json, header_key("Idempotency-Key")))
    return marked(_answered(said, json), said.posted)


@bp.get("/<session_id>/messages")
@api.returns(wire.SessionMessagesJson)
def list_session_messages(session_id: str, query: bodies.SessionHistory) -> ResponseReturnValue:
    """Newest first."""
    channel_id = current(Sessions).get(_id(session_id)).channel_id
    part = excerpt(current(Messages), channel_id, limit=query.limit, before=query.before, after=query.after)
    return answer(wire.messages(part))


@bp.post("/<session_id>/renew")
@api.returns(wire.SessionJson)
def renew_session(session_id: str) -> ResponseReturnValue:
    return _told(current(Sessions).renew(_id(session_id)))


@bp.patch("/<session_id>/timeout")
@api.returns(wire.SessionJson)
def set_timeout(session_id: str, json: bodies.TimeoutConfig) -> ResponseReturnValue:
    return _told(current(Sessions).set_timeouts(_id(session_id), json.wishes))


@bp.post("/<session_id>/heartbeat")
@api.returns(wire.SessionJson)
def beat(session_id: str) -> ResponseReturnValue:
    return _told(current(Sessions).beat(_id(session_id)))


def _id(text: str) -> UUID:
    if not is_uuid(text):
        raise SessionNotFound(text)
    return UUID(text)


def _told(session: Session) -> Response:
    return answer(wire.session(session, current(SystemClock).now()))


def _draft_of(body: bodies.NewSessionMessage, key: str | None) -> Callable[[Session], Draft]:
    raw = {"attachments": body.attachments} if body.attachments else None
    # The draft is made where no request is at hand any more.
    principal = current_principal()

    def draft(session: Session) -> Draft:
        # Who may look into a conversation may not therefore speak in it for somebody else.
        principal.speak_as(session.user_id, "sessionId")
        said = Draft(
            channel_id=session.channel_id,
            author_id=session.user_id,
            text=body.content,
            source_type="session",
            raw=raw,
            metadata={**body.metadata, "sessionId": str(session.id)},
            submission_key=key,
        )
        return attributed(said, principal)

    return draft


def _answered(said: Said, body: bodies.NewSessionMessage) -> Response:
    # Clients are told of the success inside of ``data`` too, which is all that elizaOS's own one hands on.
    beside = {"success": True, "sessionStatus": wire.status(said, current(SystemClock).now())}
    seconds = current(Settings).reply_timeout
    return current(Answers).answer(said.posted.message, body.transport, seconds=seconds, beside=beside)
