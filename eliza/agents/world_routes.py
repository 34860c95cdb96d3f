"""Routes of worlds: message servers as agents know them."""

from functools import partial
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.agents import world_wire as wire
from eliza.audit.audit import Audit
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, created, nothing, ok
from eliza.http.paging import Paging, paged
from eliza.memory.worlds import Worlds

bp = Blueprint("worlds", __name__, url_prefix="/api/agents")
envelope.speak(bp, envelope.coded)


@bp.get("/worlds")
@api.returns(Ok[wire.WorldsJson])
def list_worlds(query: Paging) -> ResponseReturnValue:
    page = current(Worlds).page(limit=query.limit, cursor=query.cursor)
    return paged(ok({"worlds": page.map(wire.world).items}), page)


@bp.get("/<agent_id>/worlds")
@api.returns(Ok[wire.WorldsJson])
def list_agent_worlds(agent_id: UUID, query: Paging) -> ResponseReturnValue:
    page = current(Worlds).of_agent(agent_id, limit=query.limit, cursor=query.cursor)
    return paged(ok({"worlds": page.map(wire.world).items}), page)


@bp.post("/<agent_id>/worlds")
@api.returns(Ok[wire.AddedWorldJson], status=201)
def add_world(agent_id: UUID, json: wire.NewWorld) -> ResponseReturnValue:
    return created({"success": True, "world": wire.world(current(Worlds).add(agent_id, json.draft))})


@bp.patch("/<agent_id>/worlds/<world_id>")
@api.returns(Ok[wire.ChangedWorldJson])
def change_world(agent_id: UUID, world_id: UUID, json: wire.WorldChange) -> ResponseReturnValue:
    return ok(wire.changed_world(current(Worlds).change(agent_id, world_id, json.name, json.changes)))


@bp.delete("/<agent_id>/worlds/<world_id>")
@api.returns(status=204)
def delete_world(agent_id: UUID, world_id: UUID) -> ResponseReturnValue:
    current(Audit).along(
        partial(current(Worlds).delete, agent_id, world_id),
        "world.delete",
        target=f"world:{world_id}",
        details={"agent": str(agent_id)},
    )
    return nothing()
