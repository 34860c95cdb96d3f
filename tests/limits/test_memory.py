"""Memory: what floods take, they give back."""

import json
from http.client import HTTPConnection

import psutil

from eliza.ids import to_uuid
from tests.limits.programs import Running
from tests.services.processes import HOST
from tests.services.waiting import eventually
from tests.transport.peer import Peer

MOST = 24 << 20
"""Half of what is sent: a leak of the bodies would be seen, and one of ten kilobytes for each login or event."""
_AT_ONCE = 100
_EVENTS = b"".join(bytes([0x81, 0x80 | 15, 0, 0, 0, 0]) + b'427["typing",0]' for _ in range(_AT_ONCE))

JSON = {"Content-Type": "application/json"}


def test_memory_returns_to_where_it_was(programs: dict[str, Running]) -> None:
    program = programs["gunicorn"]
    [worker] = psutil.Process(program.process.pid).children()
    flood(program, times=2)
    before = worker.memory_info().rss

    flood(program, times=20)

    eventually(lambda: worker.memory_info().rss < before + MOST, within=10)


def flood(program: Running, *, times: int) -> None:
    """Large bodies, deep ones, wrong logins and events, ``times`` a lot of each."""
    connection = HTTPConnection(HOST, program.port, timeout=30)
    large, deep = b'{"name":"' + b"x" * 1_900_000 + b'"}', b"[" * 100_000
    too_large = b"x" * 3_000_000
    for number in range(times):
        assert post(connection, "/api/messaging/channels", large) == 400
        assert post(connection, "/api/messaging/channels", deep) == 400
        if number % 4 == 0:
            assert refused_at_once(program, too_large) == 413
    for number in range(50 * times):
        wrong = json.dumps({"email": f"{number}@example.org", "password": "wrong"}).encode()
        assert post(connection, "/api/auth/login", wrong) in {401, 429}
    connection.close()
    send_events(program, 100 * times)


def post(connection: HTTPConnection, path: str, body: bytes) -> int:
    connection.request("POST", path, body, JSON)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def refused_at_once(program: Running, body: bytes) -> int:
    """The server says no and hangs up, be the body sent or not."""
    head = f"POST /api/agents HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(body)}\r\n"
    with program.connect(f"{head}Content-Type: application/json\r\n\r\n".encode()) as connection:
        return int(connection.recv(65536).split()[1])


def send_events(program: Running, times: int) -> None:
    with Peer(program.port) as peer:
        peer.text()
        peer.send("40" + json.dumps({"entityId": str(to_uuid("Ada"))}))
        for _ in range(3):
            peer.text()
        for _ in range(times // _AT_ONCE):
            peer.send_raw(_EVENTS)
            for _ in range(2 * _AT_ONCE):  # What is wrong is said as an event and as an acknowledgement.
                assert peer.text()[:2] in {"42", "43"}
