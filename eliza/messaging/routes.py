"""Routes of messaging: servers, channels, and the messages in them."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from eliza.config import Settings
from eliza.errors import InvalidInput, NotFound
from eliza.events import Bus, ChannelUpdated, Message
from eliza.http import envelope
from eliza.http.body import header_key, parse, path_id, query_id, query_int, query_moment, query_place
from eliza.http.current import current
from eliza.http.envelope import created, nothing, ok
from eliza.ids import DEFAULT_MESSAGE_SERVER, is_uuid
from eliza.messaging import wire
from eliza.messaging.answers import Answers
from eliza.messaging.arrivals import Arrivals
from eliza.messaging.channels import Channels, MessageServerNotFound
from eliza.messaging.messages import Draft, Messages
from eliza.messaging.replies import Replies
from eliza.messaging.servers import MessageServers

bp = Blueprint("messaging", __name__, url_prefix="/api/messaging")
envelope.speak(bp, envelope.plain)

_PAGE = 50
_LONGEST_PAGE = 1000
_HEAVIEST_PAGE = 8 << 20
_PORTION = 100


def _also(
    rule: str, **options: object
) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]:
    """An older name of the same route."""
    return partial(_add_rule, rule, options)


def _add_rule(
    rule: str, options: dict[str, object], view: Callable[..., ResponseReturnValue]
) -> Callable[..., ResponseReturnValue]:
    bp.add_url_rule(rule, f"{view.__name__} as {rule}", view, **options)  # type: ignore[arg-type]  # Flask's own options.
    return view


# Message servers


@bp.get("/message-server/current")
def current_server() -> ResponseReturnValue:
    return ok({"messageServerId": str(DEFAULT_MESSAGE_SERVER)})


@bp.get("/message-servers")
def list_servers() -> ResponseReturnValue:
    return ok({"messageServers": [wire.server(row) for row in current(MessageServers).all()]})


@bp.get("/central-servers")
def list_central_servers() -> ResponseReturnValue:
    return ok({"servers": [wire.server(row) for row in current(MessageServers).all()]})


@bp.post("/message-servers")
@_also("/servers", methods=["POST"])
def create_server() -> ResponseReturnValue:
    body = parse(wire.NewServer)
    row = current(MessageServers).create(body.name, body.source_type, source_id=body.source_id, metadata=body.metadata)
    return created({"server": wire.server(row), **wire.server(row)})


@bp.get("/message-servers/<server_id>/agents")
@_also("/servers/<server_id>/agents", methods=["GET"])
def list_server_agents(server_id: str) -> ResponseReturnValue:
    server = path_id("messageServerId", server_id)
    agents = [str(agent_id) for agent_id in current(MessageServers).agents(server)]
    return ok({"messageServerId": str(server), "agents": agents})


@bp.post("/message-servers/<server_id>/agents")
@_also("/servers/<server_id>/agents", methods=["POST"])
def add_server_agent(server_id: str) -> ResponseReturnValue:
    server, agent = path_id("messageServerId", server_id), parse(wire.AgentSeat).agent_id
    current(MessageServers).add_agent(server, agent)
    return created(_server_seat(server, agent, "Agent added to message server successfully"))


@bp.delete("/message-servers/<server_id>/agents/<agent_id>")
@_also("/servers/<server_id>/agents/<agent_id>", methods=["DELETE"])
def remove_server_agent(server_id: str, agent_id: str) -> ResponseReturnValue:
    server, agent = path_id("messageServerId", server_id), path_id("agentId", agent_id)
    current(MessageServers).remove_agent(server, agent)
    return ok(_server_seat(server, agent, "Agent removed from message server successfully"))


@bp.get("/agents/<agent_id>/message-servers")
def list_agent_servers(agent_id: str) -> ResponseReturnValue:
    agent = path_id("agentId", agent_id)
    servers = [str(server_id) for server_id in current(MessageServers).of_agent(agent)]
    return ok({"agentId": str(agent), "messageServers": servers})


@bp.get("/message-servers/<server_id>/channels")
@_also("/central-servers/<server_id>/channels", methods=["GET"])
def list_channels(server_id: str) -> ResponseReturnValue:
    rows = current(Channels).of_server(path_id("messageServerId", server_id))
    return ok({"channels": [wire.channel(row) for row in rows]})


# Channels


@bp.post("/channels")
@_also("/central-channels", methods=["POST"])
def create_channel() -> ResponseReturnValue:
    body = parse(wire.NewChannel)
    row = current(Channels).create(
        body.name,
        type=body.type,
        participants=body.participants,
        server_id=body.message_server_id,
        metadata=body.metadata,
    )
    return created(wire.channel(row))


@bp.get("/dm-channel")
def direct_channel() -> ResponseReturnValue:
    one, other = query_id("currentUserId"), query_id("targetUserId")
    if one is None or other is None:
        raise InvalidInput("Missing currentUserId or targetUserId")
    if one == other:
        raise InvalidInput("Cannot create a direct channel with oneself: currentUserId equals targetUserId")
    channels, server = current(Channels), query_id("dmServerId") or DEFAULT_MESSAGE_SERVER
    try:
        row = channels.direct(one, other, server)
    except MessageServerNotFound:
        row = channels.direct(one, other)
    return ok(wire.channel(row))


@bp.get("/channels/<channel_id>/details")
@_also("/central-channels/<channel_id>/details", methods=["GET"])
def channel_details(channel_id: str) -> ResponseReturnValue:
    channels, channel = current(Channels), path_id("channelId", channel_id)
    shape = wire.channel(channels.get(channel))
    people = [str(who) for who in channels.participants(channel)]
    return ok({**shape, "metadata": {"participantCentralUserIds": people, **shape["metadata"]}})


@bp.get("/channels/<channel_id>/participants")
@_also("/central-channels/<channel_id>/participants", methods=["GET"])
def channel_participants(channel_id: str) -> ResponseReturnValue:
    return ok([str(who) for who in current(Channels).participants(path_id("channelId", channel_id))])


@bp.get("/channels/<channel_id>/agents")
@_also("/central-channels/<channel_id>/agents", methods=["GET"])
def channel_agents(channel_id: str) -> ResponseReturnValue:
    channel = path_id("channelId", channel_id)
    people = [str(who) for who in current(Channels).participants(channel)]
    return ok({"channelId": str(channel), "participants": people})


@bp.post("/channels/<channel_id>/agents")
@_also("/central-channels/<channel_id>/agents", methods=["POST"])
def add_channel_agent(channel_id: str) -> ResponseReturnValue:
    channel, agent = path_id("channelId", channel_id), parse(wire.AgentSeat).agent_id
    current(Channels).join(channel, agent)
    return created(_channel_seat(channel, agent, "Agent added to channel successfully"))


@bp.delete("/channels/<channel_id>/agents/<agent_id>")
@_also("/central-channels/<channel_id>/agents/<agent_id>", methods=["DELETE"])
def remove_channel_agent(channel_id: str, agent_id: str) -> ResponseReturnValue:
    channel, agent = path_id("channelId", channel_id), path_id("agentId", agent_id)
    current(Channels).leave(channel, agent)
    return ok(_channel_seat(channel, agent, "Agent removed from channel successfully"))


@bp.patch("/channels/<channel_id>")
@_also("/central-channels/<channel_id>", methods=["PATCH"])
def update_channel(channel_id: str) -> ResponseReturnValue:
    body = parse(wire.ChannelChange)
    row = current(Channels).update(
        path_id("channelId", channel_id), name=body.name, metadata=body.metadata, participants=body.participants
    )
    current(Bus).publish(ChannelUpdated(row.id, wire.channel(row)))
    return ok(wire.channel(row))


@bp.delete("/channels/<channel_id>")
@_also("/central-channels/<channel_id>", methods=["DELETE"])
def delete_channel(channel_id: str) -> ResponseReturnValue:
    current(Channels).delete(path_id("channelId", channel_id))
    return nothing()


# Messages


@bp.post("/channels/<channel_id>/messages")
@_also("/central-channels/<channel_id>/messages", methods=["POST"])
def post_message(channel_id: str) -> ResponseReturnValue:
    body = parse(wire.NewMessage)
    posted = current(Arrivals).receive(_draft(path_id("channelId", channel_id), body), body.message_server_id)
    response = current(Answers).answer(posted.message, body.transport, seconds=current(Settings).reply_timeout)
    if posted.is_replay:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@bp.get("/channels/<channel_id>/messages")
@_also("/central-channels/<channel_id>/messages", methods=["GET"])
def list_messages(channel_id: str) -> ResponseReturnValue:
    channel = path_id("channelId", channel_id)
    limit = query_int("limit", default=_PAGE, least=1, most=_LONGEST_PAGE)
    page = _page_after(channel, limit) if "after_seq" in request.args else _page_before(channel, limit)
    turns = current(Replies).states_on(page)
    return ok({"messages": [wire.listed_message(message, turns.get(message.id, ())) for message in page]})


@bp.delete("/channels/<channel_id>/messages/<message_id>")
@_also("/central-channels/<channel_id>/messages/<message_id>", methods=["DELETE"])
def delete_message(channel_id: str, message_id: str) -> ResponseReturnValue:
    message = path_id("messageId", message_id)
    if not current(Messages).delete(path_id("channelId", channel_id), message):
        raise NotFound(f"Message {message} not found in this channel")
    return nothing()


@bp.delete("/channels/<channel_id>/messages")
@_also("/central-channels/<channel_id>/messages", methods=["DELETE"])
def clear_channel(channel_id: str) -> ResponseReturnValue:
    current(Messages).clear(path_id("channelId", channel_id))
    return nothing()


def _page_after(channel: UUID, limit: int) -> list[Message]:
    start, messages = query_place("after_seq") or 0, current(Messages)
    return _as_many_as_fit(
        lambda last, most: messages.after(channel, last.seq if last else start, limit=most), limit=limit
    )


def _page_before(channel: UUID, limit: int) -> list[Message]:
    before, start, messages = query_moment("before"), query_place("before_seq"), current(Messages)
    return _as_many_as_fit(
        lambda last, most: messages.page(channel, limit=most, before=before, before_seq=last.seq if last else start),
        limit=limit,
    )


def _as_many_as_fit(read: Callable[[Message | None, int], list[Message]], *, limit: int) -> list[Message]:
    """Up to ``limit`` messages; of large ones fewer, though never fewer than a portion. ``read`` goes on after one.

    A portion is always whole, since clients that ask for no more take a shorter page for the last one.
    """
    page: list[Message] = []
    room = _HEAVIEST_PAGE
    while len(page) < limit and room > 0:
        asked = min(_PORTION, limit - len(page))
        portion = read(page[-1] if page else None, asked)
        page += portion
        if len(portion) < asked:
            break
        room -= sum(wire.weight(message) for message in portion)
    return page


def _draft(channel_id: UUID, body: wire.NewMessage) -> Draft:
    return Draft(
        channel_id=channel_id,
        author_id=body.author_id or _caller(),
        author_name=body.author_name or _name_in(body.metadata),
        text=body.content,
        in_reply_to=body.in_reply_to,
        source_type=body.source_type,
        raw=body.raw_message,
        metadata=body.metadata,
        submission_key=header_key("Idempotency-Key") or (str(body.message_id) if body.message_id else None),
    )


def _caller() -> UUID:
    text = request.headers.get("X-Entity-Id", "")
    if not is_uuid(text):
        raise InvalidInput("author_id: required, unless the X-Entity-Id header says who is writing")
    return UUID(text)


def _name_in(metadata: wire.Json) -> str | None:
    name = metadata.get("user_display_name") or metadata.get("authorDisplayName")
    return name if isinstance(name, str) else None


def _server_seat(server_id: UUID, agent_id: UUID, message: str) -> wire.Json:
    return {"messageServerId": str(server_id), "agentId": str(agent_id), "message": message}


def _channel_seat(channel_id: UUID, agent_id: UUID, message: str) -> wire.Json:
    return {"channelId": str(channel_id), "agentId": str(agent_id), "message": message}
