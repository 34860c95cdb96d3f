"""Routes of channels and of those who take part in them."""

from functools import partial
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza.audit.audit import Audit
from eliza.events import Bus, ChannelUpdated
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Id, Ok, created, nothing, ok
from eliza.http.paging import Paging, paged
from eliza.http.principal import current_principal, sender
from eliza.messaging import bodies, server_bodies
from eliza.messaging import channel_wire as wire
from eliza.messaging.channels import ChannelNotFound, Channels
from eliza.messaging.reading import Reading
from eliza.messaging.rights import Rights, initial_participants, require_one_of
from eliza.messaging.titles import Titles

bp = Blueprint("channels", __name__, url_prefix="/api/messaging")
envelope.speak(bp, envelope.plain)


@bp.post("/channels")
@api.also(bp, "/central-channels", methods=["POST"])
@api.returns(Ok[wire.ChannelJson], status=201)
def create_channel(json: bodies.NewChannel) -> ResponseReturnValue:
    """Creates a channel with the given participants and the caller, who may change it later."""
    row = current(Channels).create(
        json.name,
        type=json.type,
        participants=initial_participants(current_principal(), json.type, json.participants),
        server_id=json.message_server_id,
        metadata=json.metadata,
        creator_id=current_principal().entity_id,
    )
    return created(wire.channel(row))


@bp.get("/dm-channel")
@api.returns(Ok[wire.ChannelJson])
def direct_channel(query: bodies.Pair) -> ResponseReturnValue:
    """The direct channel of two, made when it is first asked for."""
    require_one_of(current_principal(), "currentUserId", query.one, query.other)
    return ok(
        wire.channel(
            current(Channels).return_to(query.one, query.other, query.server_id, who=current_principal().scope)
        )
    )


@bp.get("/channels/<channel_id>/details")
@api.also(bp, "/central-channels/<channel_id>/details", methods=["GET"])
@api.returns(Ok[wire.ChannelJson])
def channel_details(channel_id: UUID) -> ResponseReturnValue:
    channels = current(Channels)
    return ok(wire.channel_with_people(channels.get(channel_id), channels.participants(channel_id)))


@bp.get("/channels/<channel_id>/participants")
@api.also(bp, "/central-channels/<channel_id>/participants", methods=["GET"])
@api.returns(Ok[list[Id]])
def channel_participants(channel_id: UUID, query: Paging) -> ResponseReturnValue:
    page = current(Channels).people(channel_id, limit=query.limit, cursor=query.cursor)
    return paged(ok(page.items), page)


@bp.post("/channels/<channel_id>/participants")
@api.returns(Ok[wire.ChannelPeopleJson], status=201)
def add_channel_participants(channel_id: UUID, json: server_bodies.Newcomers) -> ResponseReturnValue:
    """Adds to those who take part, whoever else is adding at the same time."""
    current(Rights).require_addition(current_principal(), channel_id, *json.people)
    current(Channels).join(channel_id, *json.people)
    return created({"channelId": channel_id, "participants": current(Channels).participants(channel_id)})


@bp.delete("/channels/<channel_id>/participants/<user_id>")
@api.returns(Ok[wire.LeftJson])
def remove_channel_participant(channel_id: UUID, user_id: UUID) -> ResponseReturnValue:
    """Everybody may leave; to remove others is for who made the channel."""
    current(Rights).require_removal(current_principal(), channel_id, user_id)
    current(Channels).leave(channel_id, user_id)
    return ok({"channelId": channel_id, "userId": user_id, "message": "Participant removed from channel successfully"})


@bp.get("/channels/<channel_id>/agents")
@api.also(bp, "/central-channels/<channel_id>/agents", methods=["GET"])
@api.returns(Ok[wire.ChannelPeopleJson])
def channel_agents(channel_id: UUID, query: Paging) -> ResponseReturnValue:
    page = current(Channels).people(channel_id, limit=query.limit, cursor=query.cursor)
    return paged(ok({"channelId": channel_id, "participants": page.items}), page)


@bp.post("/channels/<channel_id>/agents")
@api.also(bp, "/central-channels/<channel_id>/agents", methods=["POST"])
@api.returns(Ok[wire.ChannelSeatJson], status=201)
def add_channel_agent(channel_id: UUID, json: bodies.AgentSeat) -> ResponseReturnValue:
    current(Rights).require_addition(current_principal(), channel_id, json.agent_id)
    current(Channels).join(channel_id, json.agent_id)
    return created(_seat(channel_id, json.agent_id, "Agent added to channel successfully"))


@bp.delete("/channels/<channel_id>/agents/<agent_id>")
@api.also(bp, "/central-channels/<channel_id>/agents/<agent_id>", methods=["DELETE"])
@api.returns(Ok[wire.ChannelSeatJson])
def remove_channel_agent(channel_id: UUID, agent_id: UUID) -> ResponseReturnValue:
    current(Rights).require_removal(current_principal(), channel_id, agent_id)
    current(Channels).leave(channel_id, agent_id)
    return ok(_seat(channel_id, agent_id, "Agent removed from channel successfully"))


@bp.post("/channels/<channel_id>/mark-read")
@api.also(bp, "/channels/<channel_id>/read", methods=["POST"])
@api.heeds("X-Entity-Id")
@api.returns(Ok[wire.ReadMarkJson])
def mark_read(channel_id: UUID, json: bodies.ReadMark) -> ResponseReturnValue:
    """Somebody has read up to a number or a message, or else everything. What was read stays read."""
    reader = sender(json.reader_id, "userId")
    state = current(Reading).mark(channel_id, reader, seq=json.seq, message_id=json.message_id)
    return ok({"channelId": channel_id, **wire.read_state(state)})


@bp.get("/channels/<channel_id>/read-state")
@api.returns(Ok[wire.ReadStatesJson])
def read_states(channel_id: UUID, query: Paging) -> ResponseReturnValue:
    page = current(Reading).page(channel_id, limit=query.limit, cursor=query.cursor)
    return paged(ok({"channelId": channel_id, "readers": page.map(wire.read_state).items}), page)


@bp.post("/channels/<channel_id>/generate-title")
@api.also(bp, "/central-channels/<channel_id>/generate-title", methods=["POST"])
@api.returns(Ok[wire.TitleJson])
def generate_title(channel_id: UUID, json: bodies.AgentSeat, query: bodies.TitleMatter) -> ResponseReturnValue:
    found = current(Titles).suggest(channel_id, json.agent_id, limit=query.limit, before=query.before)
    return ok(wire.title(channel_id, found))


@bp.patch("/channels/<channel_id>")
@api.also(bp, "/central-channels/<channel_id>", methods=["PATCH"])
@api.returns(Ok[wire.ChannelJson])
def update_channel(channel_id: UUID, json: bodies.ChannelChange) -> ResponseReturnValue:
    people = current(Rights).allowed_participants(current_principal(), channel_id, json.participants)
    row = current(Channels).update(channel_id, name=json.name, metadata=json.metadata, participants=people)
    current(Bus).publish(ChannelUpdated(row.id, wire.channel(row)))
    return ok(wire.channel(row))


@bp.delete("/channels/<channel_id>")
@api.also(bp, "/central-channels/<channel_id>", methods=["DELETE"])
@api.returns(status=204)
def delete_channel(channel_id: UUID) -> ResponseReturnValue:
    current(Rights).require_creator(current_principal(), channel_id)
    current(Audit).along(
        partial(_delete, current(Channels), channel_id),
        "channel.delete",
        target=f"channel:{channel_id}",
        order=channel_id,
    )
    return nothing()


def _delete(channels: Channels, channel_id: UUID) -> None:
    if not channels.delete(channel_id):
        raise ChannelNotFound(channel_id)


def _seat(channel_id: UUID, agent_id: UUID, message: str) -> wire.ChannelSeatJson:
    return {"channelId": channel_id, "agentId": agent_id, "message": message}
