"""A Socket.IO server that echoes, with the short heartbeat that protocol suites expect; runs in every way ours can.

``gunicorn tests.transport.echo_server:app`` serves it, and so does ``python -m tests.transport.echo_server PORT``.
"""

import os

if not os.environ.get("UNPATCHED"):
    from gevent import monkey

    monkey.patch_all()

import socket
import sys
import time
from typing import Any

import gevent
from flask import Flask, request

from eliza.realtime.transport import create_sockets, run
from eliza.realtime.transport.upgrade import CONNECTION


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
    message_queue=os.environ.get("MESSAGE_QUEUE"),
)
server = sockets.server
server.eio.body_seconds = number("BODY_SECONDS", 15)
log: list[str] = []


@app.get("/")
def home() -> str:
    return "hello"


@app.post("/length")
def length() -> str:
    return str(len(request.get_data()))


@app.get("/nodelay")
def nodelay() -> str:
    taken = request.environ.get("gunicorn.socket") or request.environ[CONNECTION][0]
    return str(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


@app.get("/state")
def state() -> dict[str, Any]:
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208
        "sessions": len(server.eio.sockets),
        "members": sum(1 for _ in server.manager.get_participants("/", None)),
        "log": log[-50:],
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
    if auth and "slow" in auth:
        log.append("slow connect")
        time.sleep(auth["slow"])
    server.enter_room(sid, "all")
    server.emit("auth", auth or {}, room=sid)
    return None


@app.post("/emit-from-a-thread/<event>")
def emit_from_a_thread(event: str) -> str:
    for number in range(5):
        gevent.get_hub().threadpool.apply(server.emit, (event, number))
    return "sent"


@app.post("/step-the-clock")
def step_the_clock() -> str:
    real = time.time
    time.time = lambda: real() + 3600
    return "an hour later"


def connect_custom(sid: str, environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
    server.emit("auth", auth or {}, room=sid, namespace="/custom")


def echo(sid: str, *arguments: Any) -> None:
    server.emit("message-back", arguments, room=sid)


def echo_with_ack(sid: str, *arguments: Any) -> tuple[Any, ...]:
    return arguments


def blob(sid: str, times: int, size: int) -> None:
    for index in range(times):
        server.emit("blob", [index, "x" * size], room=sid)


def blob_and_ack(sid: str, times: int) -> str:
    for index in range(times):
        server.emit("blob", index, room=sid)
    return "all sent"


def slow(sid: str, seconds: float) -> str:
    log.append("slow begins")
    time.sleep(seconds)
    log.append("slow ends")
    return "done"


def note(sid: str, word: str) -> None:
    log.append(word[:40])


def disconnect(sid: str, reason: str) -> None:
    log.append(f"disconnect: {reason}")


server.on("connect", connect)
server.on("connect", connect_custom, namespace="/custom")
server.on("message", echo)
server.on("message-with-ack", echo_with_ack)
server.on("2", echo_with_ack)
server.on("blob", blob)
server.on("blob-and-ack", blob_and_ack)
server.on("slow", slow)
server.on("note", note)
server.on("disconnect", disconnect)

if __name__ == "__main__":
    run(app, sockets, "127.0.0.1", int(sys.argv[1]))
