"""Server: Socket.IO on our engine; what a client sends is checked before anyone sees it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import socketio
from socketio import packet as protocol

from eliza.realtime.transport.engine import Engine
from eliza.realtime.transport.packets import Parcel
from eliza.realtime.transport.strict import Packet

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Throttle = Callable[[str, list[Any]], Mapping[str, Any] | None]
"""Looks at an event before its handler does: what the client is answered instead of being served, if it is not."""

log = logging.getLogger(__name__)

_GREETING_SECONDS = 0.01
_MOST_CONNECTS = 100
"""How often one connection may ask for a namespace. A client asks once; every time costs a look at its credential."""


class Server(socketio.Server):  # type: ignore[misc]  # python-socketio has no types.
    """python-socketio's server. Events of one client are handled in the order they were sent.

    ``connect_timeout``: a client that is in no namespace for so long is sent away.
    """

    def __init__(self, *, connect_timeout: float, **options: Any) -> None:
        self._connect_timeout = connect_timeout
        self._held: dict[tuple[str, str], list[Parcel]] = {}
        self._attached_bytes: dict[str, int] = {}
        self._connects: dict[str, int] = {}
        self.throttle: Throttle | None = None
        super().__init__(
            serializer=Packet, async_handlers=False, logger=_quiet_log(), engineio_logger=_quiet_log(), **options
        )
        self.eio: Engine

    @property
    def is_mocked(self) -> bool:
        """True when Flask-SocketIO's test client has put itself in the place of the wire."""
        return "_send_eio_packet" in vars(self)

    def emit(self, event: str, data: Any = None, **options: Any) -> None:
        """As python-socketio's, but from any thread: a log line may be written by one that is not the loop's."""
        emit = partial(super().emit, event, data, **options)
        if not self.eio.turns.bring(emit):
            emit()

    def deliver(self, eio_sid: str, namespace: str, parcel: Parcel) -> None:
        """Send to one client; never blocks. What its ``connect`` handler emits waits for the handler's verdict."""
        held = self._held.get((eio_sid, namespace)) if self._held else None
        if held is not None:
            held.append(parcel)
        else:
            self.eio.deliver(eio_sid, parcel)

    def pending_bytes(self, sid: str) -> int:
        """What waits for one client to take it. Who has much to send asks, since a client too far behind is dropped."""
        eio_sid = self.manager.eio_sid_from_sid(sid, "/")
        if eio_sid is None:
            return 0
        held = self._held.get((eio_sid, "/"), ())
        return self.eio.pending_bytes(eio_sid) + sum(len(parcel.text) for parcel in held)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        parcel = Parcel.message(_encoded(pkt))
        if pkt.packet_type == protocol.DISCONNECT:
            namespace = pkt.namespace or "/"
            self._release(eio_sid, namespace, self._held.get((eio_sid, namespace)))
        if pkt.packet_type in (protocol.CONNECT, protocol.CONNECT_ERROR, protocol.DISCONNECT):
            self.eio.deliver(eio_sid, parcel)
        else:
            self.deliver(eio_sid, pkt.namespace or "/", parcel)

    def _handle_eio_connect(self, eio_sid: str, environ: "WSGIEnvironment") -> None:
        super()._handle_eio_connect(eio_sid, environ)
        self._expect_namespace(eio_sid)

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        # The engine runs the handlers of one client one after the other, so packets need no queue of their own here.
        try:
            pkt = self._whole_packet(eio_sid, data)
        except (ValueError, TypeError, LookupError, RecursionError):
            self.eio.disconnect(eio_sid)
            return
        if pkt is not None:
            self._handle_packet(eio_sid, pkt)

    def _whole_packet(self, eio_sid: str, data: str | bytes) -> Packet | None:
        """The packet that ``data`` completes, if it completes one."""
        pending = self._binary_packet.get(eio_sid)
        if pending is None:
            pkt = Packet()
            pkt.attachment_count = pkt.decode(data)
            if not pkt.attachment_count:
                return pkt
            self._check_connected(eio_sid, pkt)
            self._binary_packet[eio_sid] = pkt
            self._attached_bytes[eio_sid] = 0
            return None
        self._check_attachment(eio_sid, data)
        if not pending.add_attachment(data):
            return None
        self._forget_attachments(eio_sid)
        return pending  # type: ignore[no-any-return]  # python-socketio has no types.

    def _check_attachment(self, eio_sid: str, data: str | bytes) -> None:
        self._attached_bytes[eio_sid] += len(data)
        if not isinstance(data, bytes) or self._attached_bytes[eio_sid] > 4 * self.eio.max_http_buffer_size:
            raise ValueError("not an attachment, or too much of it")

    def _handle_packet(self, eio_sid: str, pkt: Packet) -> None:
        namespace = pkt.namespace or "/"
        if pkt.packet_type == protocol.CONNECT:
            self._handle_connect(eio_sid, namespace, pkt.data)
        elif pkt.packet_type == protocol.DISCONNECT:
            self._handle_disconnect(eio_sid, namespace, self.reason.CLIENT_DISCONNECT)
        elif self.manager.sid_from_eio_sid(eio_sid, namespace) is None:
            self.eio.disconnect(eio_sid)
        elif pkt.packet_type in (protocol.EVENT, protocol.BINARY_EVENT):
            self._handle_event(eio_sid, namespace, pkt.id, pkt.data)
        else:
            self._handle_ack(eio_sid, namespace, pkt.id, pkt.data)

    def _handle_event_internal(
        self, server: "Server", sid: str, eio_sid: str, data: list[Any], namespace: str, ack: int | None
    ) -> None:
        refusal = None if self.throttle is None else self.throttle(sid, data)
        if refusal is None:
            super()._handle_event_internal(server, sid, eio_sid, data, namespace, ack)
        elif ack is not None:
            self._send_packet(eio_sid, Packet(protocol.ACK, namespace=namespace, id=ack, data=[refusal]))

    def _handle_connect(self, eio_sid: str, namespace: str, data: Any) -> None:
        self._connects[eio_sid] = self._connects.get(eio_sid, 0) + 1
        if self._connects[eio_sid] > _MOST_CONNECTS:
            self.eio.disconnect(eio_sid)
            return
        if not self._is_known(namespace):
            self._refuse(eio_sid, namespace, "Invalid namespace")
            return
        if self.manager.sid_from_eio_sid(eio_sid, namespace) is not None:
            self._refuse(eio_sid, namespace, "Already connected")
            return
        held = self._held[eio_sid, namespace] = []
        try:
            super()._handle_connect(eio_sid, namespace, data)
        except Exception:
            log.exception("a connect handler failed")
            self._give_up_connect(eio_sid, namespace)
        if eio_sid not in self.environ:
            # The client left while its handler ran, and nobody else will tell the namespace.
            self._handle_disconnect(eio_sid, namespace, self.reason.TRANSPORT_CLOSE)
        if self.manager.sid_from_eio_sid(eio_sid, namespace) is None or not held:
            self._held.pop((eio_sid, namespace), None)
        else:
            # A plain client listens for what follows the CONNECT packet only when it has read that. Give it the time.
            self.eio.deadlines.after(_GREETING_SECONDS, lambda: self._release(eio_sid, namespace, held))

    def _release(self, eio_sid: str, namespace: str, held: list[Parcel] | None) -> None:
        if held is not None and self._held.get((eio_sid, namespace)) is held:
            del self._held[eio_sid, namespace]
            for parcel in held:
                self.eio.deliver(eio_sid, parcel)

    def _give_up_connect(self, eio_sid: str, namespace: str) -> None:
        self._refuse(eio_sid, namespace, "Connection failed")
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
        if sid is not None:
            self.manager.disconnect(sid, namespace=namespace, ignore_queue=True)

    def _handle_disconnect(self, eio_sid: str, namespace: str, reason: str | None = None) -> None:
        self._held.pop((eio_sid, namespace), None)
        super()._handle_disconnect(eio_sid, namespace, reason)
        self._expect_namespace(eio_sid)

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._forget_attachments(eio_sid)
        self._connects.pop(eio_sid, None)
        super()._handle_eio_disconnect(eio_sid, reason)

    def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None:
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace or "/")
        super().disconnect(sid, namespace=namespace, ignore_queue=ignore_queue)
        if eio_sid is not None:
            self._expect_namespace(eio_sid)

    def _refuse(self, eio_sid: str, namespace: str, message: str) -> None:
        self._send_packet(eio_sid, Packet(protocol.CONNECT_ERROR, data={"message": message}, namespace=namespace))

    def _is_known(self, namespace: str) -> bool:
        return namespace in self.handlers or namespace in self.namespace_handlers or namespace in self.namespaces

    def _check_connected(self, eio_sid: str, pkt: Packet) -> None:
        if self.manager.sid_from_eio_sid(eio_sid, pkt.namespace or "/") is None:
            raise ValueError("attachments for a namespace the client is not in")

    def _forget_attachments(self, eio_sid: str) -> None:
        self._binary_packet.pop(eio_sid, None)
        self._attached_bytes.pop(eio_sid, None)

    def _expect_namespace(self, eio_sid: str) -> None:
        if eio_sid in self.eio.sockets:
            self.eio.deadlines.after(self._connect_timeout, lambda: self._send_away(eio_sid))

    def _send_away(self, eio_sid: str) -> None:
        if eio_sid in self.eio.sockets and not self._is_in_a_namespace(eio_sid):
            self.start_background_task(self.eio.disconnect, eio_sid)

    def _is_in_a_namespace(self, eio_sid: str) -> bool:
        namespaces = list(self.manager.get_namespaces())
        return any(self.manager.sid_from_eio_sid(eio_sid, namespace) is not None for namespace in namespaces)


def _encoded(pkt: Any) -> Sequence[str | bytes]:
    encoded = pkt.encode()
    return encoded if isinstance(encoded, list) else [encoded]


def _quiet_log() -> logging.Logger:
    # python-socketio tells every packet at the info level, and client-chosen words at warning.
    quiet = logging.getLogger(f"{__name__}.packets")
    quiet.setLevel(logging.ERROR)
    return quiet
