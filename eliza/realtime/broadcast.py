"""Broadcast: tells the sockets in a channel's room what happened there."""

from typing import Any
from uuid import UUID

from eliza.events import (
    ActionChanged,
    ApprovalDecided,
    ApprovalRequested,
    Bus,
    ChannelCleared,
    ChannelDeleted,
    ChannelRead,
    ChannelUpdated,
    MessageChanged,
    MessageCompleted,
    MessageDeleted,
    MessagePosted,
    ReplyPiece,
    TurnChanged,
)
from eliza.realtime import protocol
from eliza.realtime.transport import Server


class Broadcast:
    def __init__(self, server: Server) -> None:
        self._server = server

    def listen(self, bus: Bus) -> None:
        bus.subscribe(MessagePosted, self._posted)
        bus.subscribe(ReplyPiece, self._piece)
        bus.subscribe(TurnChanged, self._turn)
        bus.subscribe(ActionChanged, self._action)
        bus.subscribe(ApprovalRequested, self._requested)
        bus.subscribe(ApprovalDecided, self._decided)
        bus.subscribe(MessageChanged, self._changed)
        bus.subscribe(MessageCompleted, self._completed)
        bus.subscribe(MessageDeleted, self._deleted)
        bus.subscribe(ChannelCleared, self._cleared)
        bus.subscribe(ChannelDeleted, self._channel_deleted)
        bus.subscribe(ChannelUpdated, self._updated)
        bus.subscribe(ChannelRead, self._read)

    def _posted(self, event: MessagePosted) -> None:
        message = event.message
        self._tell(message.channel_id, "messageBroadcast", protocol.broadcast(message), but=event.origin)
        if event.origin is not None:
            self._server.emit("messageBroadcast", protocol.to_sender(message), to=event.origin)
            self._server.emit("messageAck", protocol.acknowledgement(message), to=event.origin)

    def _piece(self, piece: ReplyPiece) -> None:
        self._tell(piece.channel_id, "messageStreamChunk", protocol.chunk(piece))

    def _turn(self, change: TurnChanged) -> None:
        self._tell(change.channel_id, "turnState", protocol.turn_state(change))
        if change.status == "failed":
            self._tell(change.channel_id, "messageStreamError", protocol.stream_error(change))
        if change.is_at_rest:  # Clients of elizaOS let nobody write before they have heard this.
            self._completed(MessageCompleted(change.channel_id, change.reply_id))

    def _action(self, change: ActionChanged) -> None:
        self._tell(change.channel_id, "messageBroadcast", protocol.action(change))

    def _requested(self, event: ApprovalRequested) -> None:
        self._tell(event.approval.channel_id, "approvalRequested", protocol.approval(event.approval))

    def _decided(self, event: ApprovalDecided) -> None:
        self._tell(event.approval.channel_id, "approvalDecided", protocol.approval(event.approval))

    def _changed(self, event: MessageChanged) -> None:
        self._tell(event.message.channel_id, "messageBroadcast", protocol.broadcast(event.message))

    def _completed(self, event: MessageCompleted) -> None:
        self._tell(event.channel_id, "messageComplete", protocol.complete(event))

    def _deleted(self, event: MessageDeleted) -> None:
        gone = {"messageId": str(event.message_id), "channelId": str(event.channel_id)}
        self._tell(event.channel_id, "messageDeleted", gone)

    def _cleared(self, event: ChannelCleared) -> None:
        self._tell(event.channel_id, "channelCleared", {"channelId": str(event.channel_id)})

    def _channel_deleted(self, event: ChannelDeleted) -> None:
        self._tell(event.channel_id, "channelDeleted", {"channelId": str(event.channel_id)})

    def _updated(self, event: ChannelUpdated) -> None:
        updates = {"channelId": str(event.channel_id), "updates": dict(event.channel)}
        self._tell(event.channel_id, "channelUpdated", updates)

    def _read(self, event: ChannelRead) -> None:
        self._tell(event.channel_id, "messagesRead", protocol.read(event))

    def _tell(self, channel_id: UUID, event: str, payload: dict[str, Any], *, but: str | None = None) -> None:
        self._server.emit(event, payload, room=str(channel_id), skip_sid=but)
