"""Routes of rooms, as which an agent knows channels, and of groups, which are rooms of several agents."""

from functools import partial
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.audit.audit import Audit
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, answer, created, nothing, ok
from eliza.http.paging import Paging, paged
from eliza.http.principal import current_principal
from eliza.memory import bodies, wire
from eliza.memory.groups import Gathered, Groups
from eliza.memory.rooms import Rooms

bp = Blueprint("rooms", __name__, url_prefix="/api")
envelope.speak(bp, envelope.coded)


@bp.get("/memory/<agent_id>/rooms")
@api.also(bp, "/agents/<agent_id>/rooms", methods=["GET"])
@api.returns(Ok[wire.RoomsJson])
def list_rooms(agent_id: UUID, query: Paging) -> ResponseReturnValue:
    page = current(Rooms).of_agent(agent_id, limit=query.limit, cursor=query.cursor, person=current_principal().scope)
    return paged(ok({"rooms": page.map(wire.room).items}), page)


@bp.post("/memory/<agent_id>/rooms")
@api.also(bp, "/agents/<agent_id>/rooms", methods=["POST"])
@api.returns(Ok[wire.RoomJson], status=201)
def create_room(agent_id: UUID, json: bodies.NewRoom) -> ResponseReturnValue:
    return created(wire.room(current(Rooms).create(agent_id, json.draft)))


@bp.get("/memory/<agent_id>/rooms/<room_id>")
@api.also(bp, "/agents/<agent_id>/rooms/<room_id>", methods=["GET"])
@api.returns(Ok[wire.RoomJson])
def get_room(agent_id: UUID, room_id: UUID) -> ResponseReturnValue:
    return ok(wire.room(current(Rooms).get(agent_id, room_id)))


@bp.delete("/memory/<agent_id>/rooms/<room_id>")
@api.also(bp, "/agents/<agent_id>/rooms/<room_id>", methods=["DELETE"])
@api.returns(status=204)
def delete_room(agent_id: UUID, room_id: UUID) -> ResponseReturnValue:
    current(Audit).along(
        partial(current(Rooms).delete, agent_id, room_id),
        "room.delete",
        target=f"room:{room_id}",
        details={"agent": str(agent_id)},
    )
    return nothing()


@bp.post("/memory/groups/<message_server_id>")
@api.returns(Ok[list[wire.GroupRoomJson]], status=201, or_else={207: wire.PartOfGroupJson})
def create_group(message_server_id: UUID, json: bodies.NewGroup) -> ResponseReturnValue:
    gathered = current(Groups).gather(
        message_server_id, json.name, json.agent_ids, world_id=json.world_id, metadata=json.metadata
    )
    return _told(gathered)


@bp.delete("/memory/groups/<message_server_id>")
@api.returns(status=204)
def delete_group(message_server_id: UUID) -> ResponseReturnValue:
    current(Audit).along(
        partial(current(Groups).delete, message_server_id), "group.delete", target=f"group:{message_server_id}"
    )
    return nothing()


@bp.delete("/memory/groups/<message_server_id>/memories")
@api.returns(status=204)
def forget_group(message_server_id: UUID) -> ResponseReturnValue:
    current(Audit).along(
        partial(current(Groups).forget, message_server_id), "group.forget", target=f"group:{message_server_id}"
    )
    return nothing()


def _told(gathered: Gathered) -> ResponseReturnValue:
    if gathered.unknown:
        return answer(wire.part_of_group(gathered), 207)
    return created([wire.group_room(one) for one in gathered.rooms])
