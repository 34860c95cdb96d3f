"""Endless clients: whoever never stops asking keeps nobody waiting, however quick they are."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress

import gevent
import pytest

from tests.limits.programs import Running
from tests.limits.test_slow import head

_SECONDS = 1.0

UNREAD = (head("/nowhere", "Content-Length: 99999999999") + b"\r\n", b"x" * 65536)
CHUNKS = (
    head("/api/messaging/channels", "Content-Type: application/json", "Transfer-Encoding: chunked") + b"\r\n",
    b"1\r\n \r\n" * 10_000,
)
PIPELINED = (b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)


@pytest.mark.parametrize("said", [UNREAD, CHUNKS, PIPELINED], ids=["a body", "tiny chunks", "requests"])
@pytest.mark.parametrize("name", ["gunicorn", "python app.py"])
def test_what_never_ends_leaves_the_others_served(
    programs: dict[str, Running], name: str, said: tuple[bytes, bytes]
) -> None:
    program = programs[name]
    first, again = said
    with program.connect(first) as connection:
        sending, reading = gevent.spawn(_send_without_end, connection, again), gevent.spawn(_read_all, connection)
        until = time.monotonic() + _SECONDS
        waits = []

        while time.monotonic() < until and not sending.ready():
            waits.append(_took(program.ask))
            gevent.sleep(0.05)

        gevent.killall([sending, reading])
    assert max(waits) < 0.5


def _send_without_end(connection: socket.socket, again: bytes) -> None:
    with suppress(ConnectionError):
        while True:
            connection.sendall(again)
            gevent.sleep(0)


def _read_all(connection: socket.socket) -> None:
    with suppress(OSError):
        while connection.recv(1 << 20):
            pass


def _took(ask: Callable[[], int]) -> float:
    began = time.monotonic()
    assert ask() == 200
    return time.monotonic() - began
