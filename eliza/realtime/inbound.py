"""Inbound: what clients say over their sockets."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from eliza.access.rules import EVENTS
from eliza.errors import ElizaError, InvalidInput, Unavailable
from eliza.events import ChannelRead, Message
from eliza.ids import is_uuid
from eliza.messaging.arrivals import Arrivals
from eliza.messaging.channels import Channels
from eliza.messaging.messages import Draft, Messages, Posted
from eliza.messaging.reading import Reading
from eliza.messaging.senders import attributed
from eliza.realtime import protocol
from eliza.realtime.connection import Connections, TooManyRooms
from eliza.realtime.protocol import Json
from eliza.realtime.transport import Server

log = logging.getLogger(__name__)

_PAGE = 100
_INTERNAL = "Internal server error"
_BEHIND_BYTES = 1 << 20
_BEHIND_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.01


class TooSlow(Unavailable):
    code = "TOO_SLOW"

    def __init__(self) -> None:
        super().__init__("The connection takes what was missed too slowly; join again with the lastSeq it came to")


class Inbound:
    """Joins and messages. Every answer is also given to the client's Socket.IO acknowledgement, if it asked for one."""

    def __init__(
        self,
        server: Server,
        connections: Connections,
        arrivals: Arrivals,
        channels: Channels,
        messages: Messages,
        reading: Reading,
    ) -> None:
        self._server = server
        self._connections = connections
        self._arrivals = arrivals
        self._channels = channels
        self._messages = messages
        self._reading = reading

    def listen(self) -> None:
        self._server.on("message", self.message)
        self._server.on(str(protocol.JOIN), self.join)
        self._server.on(str(protocol.SEND), self.send)
        self._server.on("leave", self.leave)
        self._server.on("typing", self.typing)
        self._server.on("mark_read", self.mark_read)

    # What a client says beyond what an event needs is passed over, as in elizaOS.

    def message(self, sid: str, event: object = None, *_more: object) -> Json | None:
        return self._answering(sid, lambda: self._message(sid, event))

    def join(self, sid: str, payload: object = None, *_more: object) -> Json | None:
        return self._answering(sid, lambda: self._join(sid, payload))

    def send(self, sid: str, payload: object = None, *_more: object) -> Json | None:
        return self._answering(sid, lambda: self._send(sid, payload))

    def leave(self, sid: str, payload: object = None, *_more: object) -> Json | None:
        return self._answering(sid, lambda: self._leave(sid, payload))

    def typing(self, sid: str, payload: object = None, *_more: object) -> Json | None:
        return self._answering(sid, lambda: self._typing(sid, payload))

    def mark_read(self, sid: str, payload: object = None, *_more: object) -> Json | None:
        return self._answering(sid, lambda: self._mark_read(sid, payload))

    def _message(self, sid: str, event: object) -> Json | None:
        kind, payload = protocol.unpack(event)
        if kind == protocol.JOIN:
            return self._join(sid, payload)
        if kind == protocol.SEND:
            return self._send(sid, payload)
        return None  # elizaOS passes over kinds it does not know, and its clients count on it.

    def _join(self, sid: str, payload: object) -> Json:
        self._connections.require(sid, EVENTS["join"])
        join = protocol.read_join(payload)
        room = _room(join.channel)
        self._connections.require_participation(sid, room)
        channel = self._channels.find(UUID(room)) if is_uuid(room) else None
        joined = protocol.joined(join.channel, join.agent_id, channel.last_seq if channel else 0)
        self._connections.require_place(sid, room)
        self._server.emit("channel_joined", joined, to=sid)
        self._server.emit("room_joined", joined, to=sid)
        if channel is None or join.last_seq is None:
            self._connections.enter(sid, room)
        else:
            self._come_back(sid, room, channel.id, join.last_seq)
        return {"ok": True, **joined}

    def _come_back(self, sid: str, room: str, channel_id: UUID, seq: int) -> None:
        """The bulk is told while the client is out, so that nothing new overtakes it; what came in meanwhile, after.

        A message may be heard twice, and none is missed.
        """
        self._connections.leave(sid, room)
        reached = self._catch_up(sid, channel_id, seq)
        self._connections.enter(sid, room)
        self._catch_up(sid, channel_id, reached)

    def _catch_up(self, sid: str, channel_id: UUID, seq: int) -> int:
        """Tell what was said after ``seq``, as fast as the client takes it, and return the ``seq`` of the last."""
        while self._connections.is_open(sid) and (missed := self._missed(sid, channel_id, seq)):
            for message in missed:
                self._wait_for(sid)
                self._tell_missed(sid, message)
            seq = missed[-1].seq
            self._server.sleep(0)
        return seq

    def _missed(self, sid: str, channel_id: UUID, seq: int) -> list[Message]:
        """Raises ``ChannelNotFound`` for who was let out while they took their time."""
        missed = self._messages.after(channel_id, seq, limit=_PAGE)
        if self._connections.is_open(sid):
            self._connections.require_participation(sid, str(channel_id))
        return missed

    def _wait_for(self, sid: str) -> None:
        until = time.monotonic() + _BEHIND_SECONDS
        while self._server.pending_bytes(sid) > _BEHIND_BYTES:
            if time.monotonic() > until:
                raise TooSlow
            self._server.sleep(_LOOK_AGAIN_SECONDS)

    def _tell_missed(self, sid: str, message: Message) -> None:
        if self._connections.is_open(sid):
            shape = protocol.to_sender if message.author_id == self._connections.entity_of(sid) else protocol.broadcast
            self._server.emit("messageBroadcast", shape(message), to=sid)

    def _send(self, sid: str, payload: object) -> Json:
        self._connections.require(sid, EVENTS["send"])
        send = protocol.read_send(payload)
        draft = self._draft(sid, send, payload)
        posted = self._post(sid, draft, send)
        if posted.is_replay:  # The first submission was broadcast; only this client does not know yet.
            self._server.emit("messageBroadcast", protocol.to_sender(posted.message), to=sid)
            self._server.emit("messageAck", protocol.acknowledgement(posted.message), to=sid)
        return {"ok": True, **protocol.acknowledgement(posted.message)}

    def _post(self, sid: str, draft: Draft, send: protocol.Send) -> Posted:
        """Whoever speaks listens: elizaOS's page does not join again after its connection broke."""
        if self._connections.sees_all(sid):
            self._listen(sid, draft.channel_id)
            return self._arrivals.receive(draft, send.server_id)
        # The channel may come to be with the message. Nobody listens before they are known to take part.
        if self._channels.find(draft.channel_id) is not None:
            self._connections.require_participation(sid, str(draft.channel_id))
            self._listen(sid, draft.channel_id)
        posted = self._arrivals.receive(draft, send.server_id)
        self._listen(sid, draft.channel_id)
        return posted

    def _listen(self, sid: str, channel_id: UUID) -> None:
        if not self._connections.may_listen(sid):
            return
        with suppress(TooManyRooms):
            self._connections.enter(sid, str(channel_id))

    def _draft(self, sid: str, send: protocol.Send, payload: object) -> Draft:
        author = self._connections.entity_of(sid)
        if send.sender_id not in {None, author}:
            raise InvalidInput("senderId must be the entityId this connection was opened with")
        target = {"targetUserId": str(send.target_user_id)} if send.target_user_id else {}
        name = {"user_display_name": send.sender_name} if send.sender_name else {}
        attachments = {"attachments": send.attachments} if send.attachments else {}
        said = Draft(
            channel_id=send.channel_id,
            author_id=author,
            author_name=send.sender_name,
            text=send.text,
            in_reply_to=send.in_reply_to,
            source_type=send.source,
            source_id=send.client_id,
            raw=payload if isinstance(payload, dict) else None,
            metadata={**send.metadata, **name, **target, **attachments},
            submission_key=send.client_id,
            origin=sid,
        )
        return attributed(said, self._connections.principal_of(sid))

    def _leave(self, sid: str, payload: object) -> Json:
        join = protocol.read_join(payload)
        self._connections.leave(sid, _room(join.channel))
        return {"ok": True, "channelId": join.channel}

    def _typing(self, sid: str, payload: object) -> Json:
        self._connections.require(sid, EVENTS["typing"])
        typing = protocol.read_typing(payload)
        self._connections.require_participation(sid, str(typing.channel_id))
        told = protocol.typing(typing, self._connections.entity_of(sid))
        self._server.emit("typing", told, room=str(typing.channel_id), skip_sid=sid)
        return {"ok": True, **told}

    def _mark_read(self, sid: str, payload: object) -> Json:
        self._connections.require(sid, EVENTS["mark_read"])
        mark = protocol.read_mark(payload)
        self._connections.require_participation(sid, str(mark.channel_id))
        state = self._reading.mark(
            mark.channel_id, self._connections.entity_of(sid), seq=mark.seq, message_id=mark.message_id
        )
        return {"ok": True, **protocol.read(ChannelRead(mark.channel_id, state.entity_id, state.seq))}

    def _answering(self, sid: str, work: Callable[[], Json | None]) -> Json | None:
        try:
            return work()
        except ElizaError as failure:
            return self._refuse(sid, failure.message, failure.code)
        except Exception:
            log.exception("socket event failed")
            return self._refuse(sid, _INTERNAL, "INTERNAL_ERROR")

    def _refuse(self, sid: str, message: str, code: str) -> Json:
        self._server.emit("messageError", {"error": message, "code": code}, to=sid)
        return {"ok": False, "error": message, "code": code}


def _room(channel: str) -> str:
    """The name of the socket room; one spelling for one id."""
    return str(UUID(channel)) if is_uuid(channel) else channel
