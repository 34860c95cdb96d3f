"""Slow clients: whoever takes forever to ask keeps nobody waiting, and is seen off, under each server program."""

import socket
import time
from contextlib import suppress
from functools import partial

import psutil

from eliza.ids import to_uuid
from tests.house_kit import at_once
from tests.limits.programs import Running
from tests.services.processes import HOST
from tests.services.waiting import eventually

UPLOAD = f"/api/media/agents/{to_uuid('Eliza')}/upload-media"


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *lines]).encode() + b"\r\n"


SLOW_HEADERS = b"GET /healthz HTTP/1.1\r\nHost: local"
SLOW_BODY = head("/api/messaging/channels", "Content-Type: application/json", "Content-Length: 1000") + b"\r\n{"
SLOW_CHUNKS = head("/api/agents", "Content-Type: application/json", "Transfer-Encoding: chunked") + b"\r\n10\r\n{"
SLOW_UPLOAD = (
    head(UPLOAD, "Content-Type: multipart/form-data; boundary=x", "Content-Length: 100000")
    + b'\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a.gif"\r\n\r\nGIF89a'
)
UNREAD_BODY = head("/nowhere", "Content-Length: 1000") + b"\r\n{"


def ending(connection: socket.socket) -> bytes:
    """All the server says until it hangs up."""
    said = b""
    with connection, suppress(ConnectionResetError):
        while more := connection.recv(65536):
            said += more
    return said


def test_two_hundred_slow_clients_leave_the_others_served_and_go_away(programs: dict[str, Running]) -> None:
    def besiege(program: Running) -> None:
        kinds = (SLOW_HEADERS, SLOW_BODY, SLOW_CHUNKS, UNREAD_BODY)
        slow = [program.connect(said) for said in kinds for _ in range(50)]
        assert [program.ask() for _ in range(5)] == [200] * 5
        for connection in slow:
            ending(connection)

    at_once(*(partial(besiege, program) for program in programs.values()))


def test_a_body_that_does_not_come_is_answered_408(programs: dict[str, Running]) -> None:
    slow = (SLOW_BODY, SLOW_CHUNKS, SLOW_UPLOAD)
    connections = [program.connect(said) for program in programs.values() for said in slow]

    answers = [ending(connection) for connection in connections]

    assert [answer.split()[1] for answer in answers] == [b"408"] * 9
    assert all(b"REQUEST_TIMEOUT" in answer for answer in answers)


def test_a_byte_now_and_then_is_not_enough(programs: dict[str, Running]) -> None:
    """Under ``flask run``, which is for development, it is."""
    held = [programs[name] for name in ("gunicorn", "python app.py")]

    at_once(*(partial(drip, one.connect(said)) for one in held for said in (SLOW_HEADERS, SLOW_BODY)))


def drip(connection: socket.socket) -> None:
    """Send a byte now and then until the server hangs up."""
    connection.settimeout(0.1)
    until = time.monotonic() + 10
    with connection, suppress(ConnectionError):
        while time.monotonic() < until:
            try:
                if not connection.recv(65536):
                    return
            except TimeoutError:
                connection.sendall(b"x")
        raise AssertionError("The server is still listening.")


def test_who_never_reads_what_they_asked_for_is_hung_up_on(programs: dict[str, Running]) -> None:
    unread = {program: never_reading(program) for program in programs.values()}
    assert all(holds(program, client) for program, client in unread.items())

    eventually(lambda: not any(holds(program, client) for program, client in unread.items()), within=10)

    assert [program.ask() for program in unread] == [200] * 3
    for client in unread.values():
        client.close()


def never_reading(program: Running) -> socket.socket:
    """A client with room for little, that asks for much and takes none of it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((HOST, program.port))
    client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 30)
    return client


def holds(program: Running, client: socket.socket) -> bool:
    """True while the server has the connection open; the client, who does not look, would not know."""
    main = psutil.Process(program.process.pid)
    connections = [one for process in (main, *main.children()) for one in process.net_connections("tcp")]
    return client.getsockname() in [tuple(one.raddr) for one in connections]
