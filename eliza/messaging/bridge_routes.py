"""Routes by which agents and connectors that run elsewhere bring in what was said and done there."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, answer, created, ok
from eliza.http.principal import current_principal
from eliza.messaging import bridge_bodies, bridge_wire, posting, wire
from eliza.messaging.bridge import Bridge
from eliza.messaging.rights import Rights

bp = Blueprint("bridge", __name__, url_prefix="/api/messaging")
envelope.speak(bp, envelope.plain)


@bp.post("/submit")
@api.heeds("Idempotency-Key", "X-Entity-Id")
@api.returns(Ok[wire.MessageJson], status=201)
def submit(json: bridge_bodies.Submission) -> ResponseReturnValue:
    """Posts a message under the id it is given, once, however often it is sent."""
    draft = replace(posting.draft(json, json.channel_id), message_id=json.message_id)
    posted = current(Bridge).submit(draft)
    return posting.marked(created(wire.central_message(posted.message)), posted)


@bp.post("/action")
@api.heeds("Idempotency-Key", "X-Entity-Id")
@api.returns(Ok[wire.MessageJson], status=201)
def act(json: bridge_bodies.Action) -> ResponseReturnValue:
    """Posts what an agent is doing. No agent answers it."""
    draft = replace(posting.draft(json, json.channel_id), message_id=json.message_id)
    posted = current(Bridge).act(draft)
    return posting.marked(created(wire.central_message(posted.message)), posted)


@bp.patch("/action/<action_id>")
@api.returns(Ok[wire.MessageJson])
def revise_action(action_id: UUID, json: bridge_bodies.ActionChange) -> ResponseReturnValue:
    current(Rights).require_author(current_principal(), action_id)
    return ok(wire.central_message(current(Bridge).revise(action_id, json.edit_by(current_principal()))))


@bp.post("/ingest-external")
@api.heeds("Idempotency-Key")
@api.returns(bridge_wire.IngestedJson, status=202)
def ingest_external(json: bridge_bodies.Ingestion) -> ResponseReturnValue:
    current(Rights).require_participation(current_principal(), json.channel_id)
    return answer(bridge_wire.ingested(current(Bridge).take_in(json.drafts_by(current_principal()))), 202)


@bp.post("/complete")
@api.returns(Ok[bridge_wire.CompletedJson])
def complete(json: bridge_bodies.Completion) -> ResponseReturnValue:
    """Tells the people in the channel that somebody elsewhere is done with a message, or with all of them."""
    current(Rights).require_place(current_principal(), json.message_id, json.channel_id)
    return ok(bridge_wire.completed(current(Bridge).complete(json.message_id, json.channel_id), json.status))
