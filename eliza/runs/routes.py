"""Routes of what agents did: their runs, one for each message, and their logs."""

from functools import partial
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.audit.audit import Audit
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, nothing, ok
from eliza.http.paging import paged, unless_known
from eliza.logs.agent_logs import AgentLogs
from eliza.runs import bodies, wire
from eliza.runs.runs import Runs
from eliza.runs.story import story

bp = Blueprint("runs", __name__, url_prefix="/api/agents")
envelope.speak(bp, envelope.coded)


@bp.get("/<agent_id>/runs")
@api.returns(Ok[wire.RunsJson])
def list_runs(agent_id: UUID, query: bodies.RunQuery) -> ResponseReturnValue:
    page = current(Runs).page(agent_id, query.sought, limit=query.limit, cursor=query.cursor, skip=query.skip)
    return paged(ok(wire.runs(page)), page)


@bp.get("/<agent_id>/runs/<run_id>")
@api.returns(Ok[wire.RunDetailJson], or_else={304: None})
def get_run(agent_id: UUID, run_id: UUID) -> ResponseReturnValue:
    run = current(Runs).get(agent_id, run_id)
    events = story(run, current(AgentLogs).of_turn(run_id))
    return unless_known(ok({"summary": wire.run(run), "events": [wire.event(one) for one in events]}))


@bp.get("/<agent_id>/logs")
@api.returns(Ok[list[wire.LogJson]])
def list_logs(agent_id: UUID, query: bodies.LogQuery) -> ResponseReturnValue:
    page = current(AgentLogs).page(agent_id, query.sought, limit=query.limit, cursor=query.cursor, skip=query.skip)
    return paged(ok(page.map(wire.log).items), page)


@bp.delete("/<agent_id>/logs/<log_id>")
@api.returns(status=204)
def delete_log(agent_id: UUID, log_id: UUID) -> ResponseReturnValue:
    current(Audit).along(
        partial(current(AgentLogs).delete, agent_id, log_id),
        "agent-log.delete",
        target=f"agent-log:{log_id}",
        details={"agent": str(agent_id)},
    )
    return nothing()
