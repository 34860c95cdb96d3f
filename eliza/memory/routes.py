"""Routes of memories: what an agent remembers, to look through, correct and delete."""

from functools import partial
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.audit.audit import Audit
from eliza.db.paging import Page
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, nothing, ok
from eliza.http.paging import paged
from eliza.http.principal import current_principal
from eliza.memory import bodies, wire
from eliza.memory.recollections import Recollections
from eliza.memory.rooms import Rooms

bp = Blueprint("memories", __name__, url_prefix="/api")
envelope.speak(bp, envelope.coded)


@bp.get("/memory/<agent_id>/memories")
@api.also(bp, "/agents/<agent_id>/memories", methods=["GET"])
@api.returns(Ok[wire.MemoriesJson])
def list_memories(agent_id: UUID, query: bodies.AgentMemoryQuery) -> ResponseReturnValue:
    page = _page(agent_id, query, query.room_of(agent_id))
    return paged(ok({"memories": page.items}), page)


@bp.get("/memory/<agent_id>/rooms/<room_id>/memories")
@api.also(bp, "/agents/<agent_id>/rooms/<room_id>/memories", methods=["GET"])
@api.returns(Ok[wire.RoomMemoriesJson])
def list_room_memories(agent_id: UUID, room_id: UUID, query: bodies.RoomMemoryQuery) -> ResponseReturnValue:
    page = _page(agent_id, query, current(Rooms).named(agent_id, room_id))
    return paged(ok({"memories": page.items, "data": page.items, "success": True}), page)


@bp.patch("/memory/<agent_id>/memories/<memory_id>")
@api.also(bp, "/agents/<agent_id>/memories/<memory_id>", methods=["PATCH"])
@api.returns(Ok[wire.ChangedMemoryJson])
def change_memory(agent_id: UUID, memory_id: UUID, json: bodies.MemoryChange) -> ResponseReturnValue:
    changed = current(Recollections).correct(agent_id, memory_id, json.correction)
    return ok({**wire.memory(changed), "message": "Memory updated successfully"})


@bp.delete("/memory/<agent_id>/memories")
@api.also(bp, "/agents/<agent_id>/memories", methods=["DELETE"])
@api.returns(Ok[wire.AllDeletedJson])
def delete_memories(agent_id: UUID) -> ResponseReturnValue:
    deleted = current(Audit).along(
        partial(current(Recollections).forget_all, agent_id), "memory.delete-all", target=f"agent:{agent_id}"
    )
    return ok({"success": True, "deleted": deleted, "message": f"{deleted} memories deleted"})


@bp.delete("/memory/<agent_id>/memories/all/<room_id>")
@api.also(bp, "/agents/<agent_id>/memories/all/<room_id>", methods=["DELETE"])
@api.returns(status=204)
def delete_room_memories(agent_id: UUID, room_id: UUID) -> ResponseReturnValue:
    current(Audit).along(
        partial(current(Recollections).forget_room, agent_id, current(Rooms).named(agent_id, room_id)),
        "memory.delete-room",
        target=f"room:{room_id}",
        details={"agent": str(agent_id)},
    )
    return nothing()


@bp.delete("/memory/<agent_id>/memories/<memory_id>")
@api.also(bp, "/agents/<agent_id>/memories/<memory_id>", methods=["DELETE"])
@api.returns(Ok[wire.DeletedJson])
def delete_memory(agent_id: UUID, memory_id: UUID) -> ResponseReturnValue:
    current(Audit).along(
        partial(current(Recollections).forget, agent_id, memory_id),
        "memory.delete",
        target=f"memory:{memory_id}",
        details={"agent": str(agent_id)},
    )
    return ok({"success": True, "message": "Memory deleted"})


def _page(agent_id: UUID, query: bodies.MemoryQuery, room_id: UUID | None) -> Page[wire.MemoryJson]:
    sought = query.sought(room_id, current_principal().scope)
    page = current(Recollections).page(agent_id, sought, limit=query.limit, cursor=query.cursor, skip=query.skip)
    vectors = current(Recollections).embeddings(one.id for one in page.items) if query.include_embedding else {}
    return page.map(lambda one: wire.memory(one, vectors.get(one.id)))
