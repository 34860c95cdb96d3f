"""Draining: a server told to end takes nobody new, answers whom it has, tells the rest how it stands, and is gone."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
import requests
from gevent.event import Event

from eliza.ids import new_id, to_uuid
from tests.house_kit import House, Json, id_of
from tests.services.processes import HOST, ROOT, Process, Server, clean_environment, free_port
from tests.services.waiting import eventually
from tests.transport.peer import Peer

_ELIZA = str(to_uuid("Eliza"))
_SLOW = """
from gevent import monkey
monkey.patch_all()
import atexit, os, time
from eliza.config import Settings
from eliza.server import AgentServer
from eliza.testing.scripted import ScriptedModel, ScriptedProvider

class Slow:
    def wait(self):
        time.sleep(float(os.environ["THINKS_SECONDS"]))

model = ScriptedModel("At last.", "At last.", gate=Slow())
server = AgentServer(Settings.from_env(), providers=[ScriptedProvider(model)]).initialize()
atexit.register(server.stop, timeout=1)
app = server.app
if __name__ == "__main__":
    server.start()
"""
Start = Callable[..., "Slow"]


class Slow(Server):
    """Eliza, whose agent thinks for so many seconds before it says anything."""

    def __init__(self, folder: Path, command: list[str], seconds: float) -> None:
        self.port = free_port()
        (folder / "slow.py").write_text(_SLOW)
        env = clean_environment(folder)
        env |= {"SERVER_PORT": str(self.port), "THINKS_SECONDS": str(seconds), "PYTHONPATH": f"{ROOT}:{folder}"}
        Process.__init__(self, command, log_path=folder / "log", env=env, cwd=folder)
        self.wait_until_ready()

    def ask(self, transport: str) -> requests.Response:
        to = {"isDm": True, "targetAgentId": _ELIZA}
        body: Json = {"author_id": str(id_of("Ada")), "content": "Hi!", "transport": transport, "metadata": to}
        return requests.post(f"{self.url}/api/messaging/channels/{new_id()}/messages", json=body, timeout=30)

    def is_asked(self, count: int) -> bool:
        found = requests.get(f"{self.url}/api/agents/{_ELIZA}/runs", timeout=5).json()["data"]["runs"]
        return len(found) == count


@pytest.fixture(params=["gunicorn", "python app.py"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "slow:app"]
    running: list[Slow] = []

    def one(*, thinks: float) -> Slow:
        command = gunicorn if request.param == "gunicorn" else [sys.executable, str(tmp_path / "slow.py")]
        running.append(Slow(tmp_path, command, thinks))
        return running[-1]

    yield one
    for server in running:
        server.kill()


def test_whoever_waits_is_answered_and_nobody_else_is_let_in(start: Start) -> None:
    server = start(thinks=1)
    with Peer(server.port) as peer:
        waiting = [gevent.spawn(server.ask, transport) for transport in ("http", "sse")]
        eventually(lambda: server.is_asked(2))

        os.kill(server.pid, signal.SIGTERM)

        assert peer.close_code() == 1001
        eventually(lambda: _is_refused(server.url))
        over_http, over_sse = (one.get(timeout=15) for one in waiting)
        assert over_http.json()["agentResponse"]["text"] == "At last."
        assert "event: done" in over_sse.text
        assert server.wait(within=12) == 0


def test_the_second_word_is_meant_at_once(start: Start) -> None:
    server = start(thinks=60)
    waiting = gevent.spawn(server.ask, "http")
    eventually(lambda: server.is_asked(1))

    os.kill(server.pid, signal.SIGTERM)
    eventually(lambda: _is_refused(server.url))
    os.kill(server.pid, signal.SIGTERM)

    assert server.wait(within=6) == 0
    waiting.kill()


def test_who_waits_for_nothing_is_told_nothing(start: Start) -> None:
    """What came unasked would be taken for the answer to the next request, by a proxy above all."""
    server = start(thinks=0)
    silent, asking, answered = (socket.create_connection((HOST, server.port), timeout=10) for _ in range(3))
    answered.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    asking.sendall(b"GET /heal")
    healthy = read_until(answered, b"}")

    assert server.stop() == 0

    assert healthy.startswith(b"HTTP/1.1 200")
    assert [connection.recv(65536) for connection in (silent, answered, asking)] == [b""] * 3
    assert "Traceback" not in server.log


def read_until(connection: socket.socket, end: bytes) -> bytes:
    said = b""
    while not said.endswith(end):
        said += connection.recv(65536)
    return said


@pytest.mark.parametrize("transport", ["http", "sse"])
def test_who_cannot_be_answered_any_more_is_told_how_it_stands(small_house: House, transport: str) -> None:
    gate = small_house.model.gate = Event()
    room = small_house.private("Ada", small_house.eliza)
    asked = gevent.spawn(room.post, "Ada", "Hi!", transport=transport)
    eventually(lambda: small_house.model.prompts)

    small_house.server.let_go()

    answer = asked.get(timeout=5)
    assert answer.status_code in {200, 201}
    assert '"status":"running"' in answer.text
    assert "event: error" not in answer.text
    gate.set()
    room.reads("Hi!", "All right.")


def _is_refused(url: str) -> bool:
    try:
        requests.get(f"{url}/healthz", timeout=2)
    except requests.ConnectionError:
        return True
    return False
