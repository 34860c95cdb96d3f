"""Routes of message servers, the groups in which channels lie, and of the agents that serve there."""

from functools import partial
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.access.roles import Permission
from eliza.audit.audit import Audit
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, created, nothing, ok
from eliza.http.paging import Paging, paged
from eliza.http.principal import current_principal
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.messaging import bodies, server_bodies
from eliza.messaging import channel_wire as wire
from eliza.messaging.channels import Channels
from eliza.messaging.mirrors import Mirrors
from eliza.messaging.servers import MessageServers

bp = Blueprint("message servers", __name__, url_prefix="/api/messaging")
envelope.speak(bp, envelope.plain)


@bp.get("/message-server/current")
@api.returns(Ok[wire.CurrentServerJson])
def current_server() -> ResponseReturnValue:
    return ok({"messageServerId": DEFAULT_MESSAGE_SERVER})


@bp.get("/message-servers")
@api.returns(Ok[wire.ServersJson])
def list_servers(query: Paging) -> ResponseReturnValue:
    page = current(MessageServers).page(limit=query.limit, cursor=query.cursor)
    return paged(ok({"messageServers": page.map(wire.server).items}), page)


@bp.get("/central-servers")
@api.returns(Ok[wire.CentralServersJson])
def list_central_servers(query: Paging) -> ResponseReturnValue:
    page = current(MessageServers).page(limit=query.limit, cursor=query.cursor)
    return paged(ok({"servers": page.map(wire.server).items}), page)


@bp.post("/message-servers")
@api.also(bp, "/servers", methods=["POST"])
@api.returns(Ok[wire.CreatedServerJson], status=201)
def create_server(json: bodies.NewServer) -> ResponseReturnValue:
    servers = current(MessageServers)
    row = current(Audit).along(
        lambda: servers.create(json.name, json.source_type, source_id=json.source_id, metadata=json.metadata),
        "message-server.create",
        target=lambda made: f"message-server:{made.id}",
        details={"name": json.name},
    )
    return created({"server": wire.server(row), **wire.server(row)})


@bp.get("/message-servers/<message_server_id>")
@api.returns(Ok[wire.ServerJson])
def message_server(message_server_id: UUID) -> ResponseReturnValue:
    return ok(wire.server(current(MessageServers).get(message_server_id)))


@bp.patch("/message-servers/<message_server_id>")
@api.returns(Ok[wire.ServerJson])
def update_server(message_server_id: UUID, json: server_bodies.ServerChange) -> ResponseReturnValue:
    servers = current(MessageServers)
    row = current(Audit).along(
        lambda: servers.update(message_server_id, name=json.name, metadata=json.metadata),
        "message-server.update",
        target=f"message-server:{message_server_id}",
        details={"fields": sorted(json.model_fields_set)},
    )
    return ok(wire.server(row))


@bp.delete("/message-servers/<message_server_id>")
@api.returns(status=204)
def delete_server(message_server_id: UUID) -> ResponseReturnValue:
    """Deletes the server with its channels and their messages. The default one stays: 409."""
    current_principal().require(Permission.CONVERSATIONS_ANY)
    current(Audit).along(
        partial(current(MessageServers).delete, message_server_id),
        "message-server.delete",
        target=f"message-server:{message_server_id}",
    )
    return nothing()


@bp.post("/message-servers/<message_server_id>/sync-channels")
@api.returns(Ok[wire.SyncedJson])
def sync_channels(message_server_id: UUID, json: server_bodies.Sync) -> ResponseReturnValue:
    """Makes those of the given channels that are not there yet, and renames those that are."""
    current_principal().require(Permission.CONVERSATIONS_ANY)
    channels = current(Mirrors).sync(message_server_id, [one.mirror() for one in json.channels])
    synced = [wire.channel(one) for one in channels]
    return ok({"messageServerId": message_server_id, "synced": len(synced), "channels": synced})


@bp.get("/message-servers/<message_server_id>/agents")
@api.also(bp, "/servers/<message_server_id>/agents", methods=["GET"])
@api.returns(Ok[wire.ServerAgentsJson])
def list_server_agents(message_server_id: UUID) -> ResponseReturnValue:
    return ok({"messageServerId": message_server_id, "agents": current(MessageServers).agents(message_server_id)})


@bp.post("/message-servers/<message_server_id>/agents")
@api.also(bp, "/servers/<message_server_id>/agents", methods=["POST"])
@api.returns(Ok[wire.ServerSeatJson], status=201)
def add_server_agent(message_server_id: UUID, json: bodies.AgentSeat) -> ResponseReturnValue:
    current(Audit).along(
        partial(current(MessageServers).add_agent, message_server_id, json.agent_id),
        "message-server.add-agent",
        target=f"message-server:{message_server_id}",
        details={"agent": str(json.agent_id)},
    )
    return created(_seat(message_server_id, json.agent_id, "Agent added to message server successfully"))


@bp.delete("/message-servers/<message_server_id>/agents/<agent_id>")
@api.also(bp, "/servers/<message_server_id>/agents/<agent_id>", methods=["DELETE"])
@api.returns(Ok[wire.ServerSeatJson])
def remove_server_agent(message_server_id: UUID, agent_id: UUID) -> ResponseReturnValue:
    current(Audit).along(
        partial(current(MessageServers).remove_agent, message_server_id, agent_id),
        "message-server.remove-agent",
        target=f"message-server:{message_server_id}",
        details={"agent": str(agent_id)},
    )
    return ok(_seat(message_server_id, agent_id, "Agent removed from message server successfully"))


@bp.get("/agents/<agent_id>/message-servers")
@api.returns(Ok[wire.AgentServersJson])
def list_agent_servers(agent_id: UUID) -> ResponseReturnValue:
    return ok({"agentId": agent_id, "messageServers": current(MessageServers).of_agent(agent_id)})


@bp.get("/message-servers/<message_server_id>/channels")
@api.also(bp, "/central-servers/<message_server_id>/channels", methods=["GET"])
@api.returns(Ok[wire.ChannelsJson])
def list_channels(message_server_id: UUID, query: Paging) -> ResponseReturnValue:
    """The channels the caller takes part in, or all channels for callers who may see all."""
    page = current(Channels).page(
        message_server_id, limit=query.limit, cursor=query.cursor, whose=current_principal().scope
    )
    return paged(ok({"channels": page.map(wire.channel).items}), page)


def _seat(message_server_id: UUID, agent_id: UUID, message: str) -> wire.ServerSeatJson:
    return {"messageServerId": message_server_id, "agentId": agent_id, "message": message}
