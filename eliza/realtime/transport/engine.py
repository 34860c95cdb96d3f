"""Engine: the Engine.IO server, protocol 4, from the request to the session."""

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import engineio

from eliza.realtime.transport import answers, frames, packets, session, upgrade
from eliza.realtime.transport.answers import Answer
from eliza.realtime.transport.deadlines import Deadlines
from eliza.realtime.transport.origins import Origins
from eliza.realtime.transport.packets import InvalidPacket, Packet, Parcel
from eliza.realtime.transport.session import DuplicatePoll, Session, Upgraded
from eliza.realtime.transport.turns import LoopTurns, NoTurns, Turns
from eliza.realtime.transport.upgrade import NotUpgradable
from eliza.realtime.transport.visitors import Visitors
from eliza.realtime.transport.websocket import Task, WebSocket

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PREFLIGHT = Answer(204)


class Engine(engineio.Server):  # type: ignore[misc]  # engineio has no types.
    """engineio's server with its own idea of a session; what it cures is listed in the tests, rule by rule."""

    def __init__(self, *, origins: Origins, write_deadline: float, most_per_address: int, **options: Any) -> None:
        super().__init__(monitor_clients=False, cors_allowed_origins=[], **options)
        self.sockets: dict[str, Session] = {}
        self.is_closing = False
        self.deadlines = Deadlines(self._spawn)
        self._origins = origins
        self._write_deadline = write_deadline
        self._visitors = Visitors(most_per_address)
        self.body_seconds = 15.0
        """How long a posted payload may take to arrive."""
        self.turns = self._make_turns()

    def handle_request(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """One HTTP request, or for a WebSocket the whole life of the connection."""
        if not self._origins.allow(environ):
            return answers.FORBIDDEN.send(environ, start_response)
        answer = self._answer(environ, start_response)
        if answer is None:
            return []
        headers = [*answer.headers, *self._origins.headers(environ)]
        allowed = Answer(answer.status, answer.body, answer.content_type, headers)
        return allowed.send(environ, start_response)

    def deliver(self, sid: str, parcel: Parcel) -> None:
        """Send to one session, if it is still there; never blocks."""
        found = self.sockets.get(sid)
        if found is not None and not found.is_closed:
            found.send(parcel)

    def pending_bytes(self, sid: str) -> int:
        """What waits for one session to take it; nothing, once it is gone."""
        found = self.sockets.get(sid)
        return 0 if found is None else found.pending_bytes

    def send(self, sid: str, data: str | bytes) -> None:
        self.deliver(sid, Parcel.message([data]))

    def send_packet(self, sid: str, pkt: Any) -> None:
        self.deliver(sid, Parcel(pkt.encode()))

    def disconnect(self, sid: str | None = None) -> None:
        found = list(self.sockets.values()) if sid is None else [self.sockets[sid]] if sid in self.sockets else []
        for one in found:
            one.close(session.SERVER_DISCONNECT)

    def close_all(self) -> None:
        """Say goodbye to every client and take no new ones; the process is about to end."""
        self.is_closing = True
        for one in list(self.sockets.values()):
            self.start_background_task(one.close, session.SERVER_DISCONNECT, frames.GOING_AWAY)

    def shutdown(self) -> None:
        self.close_all()

    def received(self, one: Session, content: str | bytes) -> None:
        self._trigger_event("message", one.sid, content, run_async=False)

    def leaving(self) -> None:
        self.turns.make_way()

    def closed(self, one: Session, reason: str) -> None:
        self.sockets.pop(one.sid, None)
        self._visitors.leave(one.sid)
        self._trigger_event("disconnect", one.sid, reason, run_async=False)

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Answer | None:
        query = _query(environ)
        refusal = self._refusal(environ, query)
        if refusal is not None:
            return refusal
        if "sid" in query:
            return self._answer_session(query, environ, start_response)
        wait = self._visitors.refuse_for(_address(environ))
        if wait is not None:
            return answers.too_many(wait)
        if query["transport"] == "websocket":
            return self._open_websocket(environ, start_response)
        return self._open_polling(environ)

    def _refusal(self, environ: "WSGIEnvironment", query: dict[str, str]) -> Answer | None:
        transport, method = query.get("transport"), environ["REQUEST_METHOD"]
        checks = [
            (method == "OPTIONS", _PREFLIGHT),
            (transport not in self.transports, answers.UNKNOWN_TRANSPORT),
            (query.get("EIO") != "4", answers.UNSUPPORTED_VERSION),
            (transport == "websocket" and not upgrade.is_requested(environ), answers.BAD_REQUEST),
            ("sid" not in query and method != "GET", answers.BAD_METHOD),
            ("sid" not in query and self.is_closing, answers.CLOSING),
        ]
        return next((answer for applies, answer in checks if applies), None)

    def _answer_session(
        self, query: dict[str, str], environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Answer | None:
        found = self._living(query["sid"])
        if found is None:
            return answers.UNKNOWN_SESSION
        if found.upgraded:
            return answers.BAD_REQUEST
        method, transport = environ["REQUEST_METHOD"], query["transport"]
        if method == "GET" and transport == "websocket":
            return self._serve(environ, start_response, found.upgrade)
        if method == "GET":
            return _polled(found)
        if method == "POST" and transport == "polling":
            return self._posted(found, environ)
        return answers.BAD_REQUEST

    def _living(self, sid: str) -> Session | None:
        found = self.sockets.get(sid)
        if found is not None and found.is_overdue:
            found.close(session.PING_TIMEOUT)
            return None
        return found

    def _open_polling(self, environ: "WSGIEnvironment") -> Answer:
        opened = self._open(environ)
        greeting = self._greeting(opened, upgrades=["websocket"] if self.allow_upgrades else [])
        return answers.ok(greeting.text)

    def _open_websocket(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Answer | None:
        def live(websocket: WebSocket) -> None:
            opened = self._open(environ)
            opened.send(self._greeting(opened, upgrades=[]))
            opened.serve(websocket)

        return self._serve(environ, start_response, live)

    def _serve(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", live: Callable[[WebSocket], None]
    ) -> Answer | None:
        try:
            connection = upgrade.switch(environ, start_response)
        except NotUpgradable:
            return answers.BAD_REQUEST
        websocket = WebSocket(
            connection.sock,
            first=connection.first,
            spawn=self._spawn,
            turns=self.turns,
            max_message_bytes=self.max_http_buffer_size,
            write_deadline=self._write_deadline,
        )
        try:
            live(websocket)
        finally:
            websocket.finish()
        return None

    def _open(self, environ: "WSGIEnvironment") -> Session:
        self.turns.settle()
        sid = self.generate_id()
        self._visitors.enter(sid, _address(environ))
        opened = self.sockets[sid] = Session(
            sid,
            self,
            deadlines=self.deadlines,
            spawn=self._spawn,
            ping_interval=self.ping_interval,
            ping_timeout=self.ping_timeout,
        )
        self._trigger_event("connect", sid, environ, run_async=False)
        return opened

    def _greeting(self, opened: Session, *, upgrades: list[str]) -> Parcel:
        greeting = {
            "sid": opened.sid,
            "upgrades": upgrades,
            "pingInterval": round(self.ping_interval * 1000),
            "pingTimeout": round(self.ping_timeout * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        return Parcel(packets.OPEN + json.dumps(greeting, separators=(",", ":")))

    def _posted(self, found: Session, environ: "WSGIEnvironment") -> Answer:
        try:
            found.post(self._read(environ))
        except (InvalidPacket, OSError):
            found.close(session.TRANSPORT_ERROR)
            return answers.BAD_REQUEST
        return answers.ok()

    def _read(self, environ: "WSGIEnvironment") -> list[Packet]:
        limit = self.max_http_buffer_size
        declared = environ.get("CONTENT_LENGTH") or "0"
        if not declared.isdecimal() or int(declared) > limit:
            raise InvalidPacket
        is_chunked = "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated")
        with self._body_deadline():
            body: bytes = environ["wsgi.input"].read(limit + 1 if is_chunked else int(declared))
        if len(body) > limit:
            raise InvalidPacket
        return packets.parse_payload(body)

    def _body_deadline(self) -> AbstractContextManager[object]:
        if self.async_mode != "gevent":
            return nullcontext()
        import gevent  # noqa: PLC0415  # Threads must do without it.

        deadline: AbstractContextManager[object] = gevent.Timeout(self.body_seconds, InvalidPacket)
        return deadline

    def _make_turns(self) -> Turns:
        return LoopTurns() if self.async_mode == "gevent" else NoTurns()

    def _spawn(self, work: Callable[[], None]) -> Task:
        task: Task = self.start_background_task(work)
        return task


def _polled(found: Session) -> Answer:
    try:
        return answers.ok(packets.payload(found.poll()))
    except (DuplicatePoll, Upgraded):
        return answers.BAD_REQUEST


def _address(environ: "WSGIEnvironment") -> str:
    address: str = environ.get("REMOTE_ADDR") or ""
    return address


def _query(environ: "WSGIEnvironment") -> dict[str, str]:
    try:
        fields = parse_qs(environ.get("QUERY_STRING", ""), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
