"""A Socket.IO server that echoes, with the short heartbeat that protocol suites expect; runs in every way ours can.

``gunicorn tests.transport.echo_server:app`` serves it, and so does ``python -m tests.transport.echo_server PORT``.
"""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from flask import Flask, request  # noqa: E402

from eliza.realtime.transport import create_sockets, run  # noqa: E402


def number(name: str, default: float) -> float:
    return float(os.environ.get(name) or default)


app = Flask(__name__)
sockets = create_sockets(
    app,
    origins=["https://friend.example"],
    ping_interval=number("PING_INTERVAL", 0.3),
    ping_timeout=number("PING_TIMEOUT", 0.2),
    connect_timeout=number("CONNECT_TIMEOUT", 1),
    write_deadline=number("WRITE_DEADLINE", 20),
)
server = sockets.server
log: list[str] = []


@app.get("/")
def home() -> str:
    return "hello"


@app.post("/length")
def length() -> str:
    return str(len(request.get_data()))


@app.get("/state")
def state() -> dict[str, Any]:
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208
        "sessions": len(server.eio.sockets),
        "log": log,
    }


@app.post("/emit/<room>/<event>")
def emit(room: str, event: str) -> str:
    body = request.get_json()
    for _ in range(body.get("times", 1)):
        server.emit(event, body["data"], room=room)
    return "sent"


def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any] | None) -> bool | None:
    log.append("connect")
    if auth == {"refuse": True}:
        return False
    if auth == {"fail": True}:
        raise RuntimeError("the handler fails")
    server.enter_room(sid, "all")
    server.emit("auth", auth or {}, room=sid)
    return None


def connect_custom(sid: str, environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
    server.emit("auth", auth or {}, room=sid, namespace="/custom")


def echo(sid: str, *arguments: Any) -> None:
    server.emit("message-back", arguments, room=sid)


def echo_with_ack(sid: str, *arguments: Any) -> tuple[Any, ...]:
    return arguments


def blob(sid: str, times: int, size: int) -> None:
    for index in range(times):
        server.emit("blob", [index, "x" * size], room=sid)


def slow(sid: str, seconds: float) -> str:
    log.append("slow begins")
    gevent.sleep(seconds)
    log.append("slow ends")
    return "done"


def note(sid: str, word: str) -> None:
    log.append(word)


def disconnect(sid: str, reason: str) -> None:
    log.append(f"disconnect: {reason}")


server.on("connect", connect)
server.on("connect", connect_custom, namespace="/custom")
server.on("message", echo)
server.on("message-with-ack", echo_with_ack)
server.on("blob", blob)
server.on("slow", slow)
server.on("note", note)
server.on("disconnect", disconnect)

if __name__ == "__main__":
    run(app, sockets, "127.0.0.1", int(sys.argv[1]))
