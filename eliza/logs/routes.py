"""Routes of the server's own log."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.audit.audit import Audit
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import answer
from eliza.http.paging import unless_known
from eliza.logs import reports, wire
from eliza.logs.bodies import LineQuery, Reports
from eliza.logs.server_log import ServerLog

bp = Blueprint("server log", __name__, url_prefix="/api/server")
envelope.speak(bp, envelope.coded)


@bp.get("/logs")
@api.returns(wire.LinesJson, or_else={304: None})
def list_lines(query: LineQuery) -> ResponseReturnValue:
    page = current(ServerLog).last(query.sought, limit=query.limit)
    return unless_known(answer(wire.lines(page, query)))


@bp.post("/logs")
@api.returns(wire.LinesJson)
def note_lines(query: LineQuery, json: Reports) -> ResponseReturnValue:
    """Note what a client reports, then answer as GET does: elizaOS's clients read the log both ways."""
    reports.note(json.logs)
    page = current(ServerLog).last(query.sought, limit=query.limit)
    return answer(wire.lines(page, query))


@bp.delete("/logs")
@api.returns(wire.ClearedJson)
def clear_lines() -> ResponseReturnValue:
    current(Audit).record("server-log.clear")
    current(ServerLog).clear()
    return answer({"status": "success", "message": "Logs cleared successfully"})
