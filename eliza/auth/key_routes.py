"""Routes of named keys. Whoever manages keys sees all of them, everybody else their own."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.auth import bodies, wire
from eliza.auth.keys import Keys
from eliza.clock import SystemClock
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, answer, ok
from eliza.http.paging import Paging, paged
from eliza.http.principal import current_principal

bp = Blueprint("keys", __name__, url_prefix="/api/keys")
envelope.speak(bp, envelope.coded)


@bp.get("")
@api.returns(Ok[wire.KeysJson])
def list_keys(query: Paging) -> ResponseReturnValue:
    """Newest first, the revoked ones too."""
    page = current(Keys).page(current_principal(), limit=query.limit, cursor=query.cursor)
    return paged(ok({"keys": page.map(wire.key).items}), page)


@bp.post("")
@api.returns(Ok[wire.NewKeyJson], status=201)
def create_key(json: bodies.NewKey) -> ResponseReturnValue:
    """Nobody can make a key that may more than they may themselves. The first one closes a server that was open."""
    key, secret = current(Keys).create(json.draft(current(SystemClock).now()), current_principal())
    return answer({"success": True, "data": wire.new_key(key, secret)}, 201, wire.NOT_KEPT)


@bp.delete("/<key_id>")
@api.returns(Ok[wire.RevokedJson])
def revoke_key(key_id: UUID) -> ResponseReturnValue:
    """The key opens nothing any more, nor do those that were made with it; sockets and logins by them are over."""
    return ok({"revoked": [wire.key(key) for key in current(Keys).revoke(key_id, current_principal())]})
