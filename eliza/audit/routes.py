"""Routes of the audit log. It is only read: entries come about by what is done elsewhere."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.audit import wire
from eliza.audit.audit import Audit
from eliza.audit.bodies import AuditQuery
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, ok
from eliza.http.paging import paged

bp = Blueprint("audit", __name__, url_prefix="/api/audit")
envelope.speak(bp, envelope.coded)


@bp.get("")
@api.returns(Ok[wire.EntriesJson], or_else={304: None})
def list_entries(query: AuditQuery) -> ResponseReturnValue:
    """Newest first."""
    page = current(Audit).page(query.sought, limit=query.limit, cursor=query.cursor)
    return paged(ok({"entries": page.map(wire.entry).items}), page)
