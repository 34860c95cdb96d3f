"""No descriptors left: the server does not spin over connections it cannot take, serves those it has, and recovers."""

import resource
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from tests.house_kit import House
from tests.media.sending import png, to_agent
from tests.services.processes import HOST, ROOT, clean_environment
from tests.transport.peer import TEXT, Peer
from tests.transport.serving import OURS, Echo, development, gunicorn

_PINGS = {"PING_INTERVAL": 0.25, "PING_TIMEOUT": 20}


@pytest.fixture(
    params=[lambda folder: gunicorn(folder, OURS, **_PINGS), lambda folder: development(folder, **_PINGS)],
    ids=["gunicorn", "python app.py"],
)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Echo]:
    start: Callable[[Path], Echo] = request.param
    running = start(tmp_path)
    yield running
    running.kill()


def test_connections_beyond_the_last_descriptor_cost_nothing_and_are_taken_later(server: Echo) -> None:
    worker = _worker(server)
    with Peer(server.port).join() as peer, ExitStack() as waiting:
        with _descriptors_of_at_most(worker, worker.num_fds()):
            outside = [waiting.enter_context(socket.create_connection((HOST, server.port))) for _ in range(20)]
            _pings(peer, 2)
            before = sum(worker.cpu_times()[:2])
            _pings(peer, 4)
            spent = sum(worker.cpu_times()[:2]) - before
            peer.send('421["message-with-ack","hello"]')
            answered = peer.text()

        for one in outside:
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        assert spent < 0.3
        assert answered == '431["hello"]'
        assert [one.recv(12) for one in outside] == [b"HTTP/1.1 200"] * 20
    assert requests.get(server.url, timeout=5).text == "hello"


def test_no_more_connections_are_taken_than_can_be_served(tmp_path: Path) -> None:
    config = str(ROOT / "gunicorn.conf.py")
    program = [sys.executable, "-m", "gunicorn", "--config", config, "--print-config", "wsgi:app"]
    command = ["bash", "-c", f"ulimit -n 600; exec {shlex.join(program)}"]

    done = subprocess.run(
        command, env=clean_environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=20, check=True
    )

    assert "worker_connections=344" in done.stdout.replace(" ", "")


def test_what_finds_no_descriptor_has_a_name(small_house: House) -> None:
    assert to_agent(small_house, png()).status_code == 200  # Whatever is imported on the way has been.

    with _descriptors_of_at_most(psutil.Process(), 3):
        answer = to_agent(small_house, png())

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert to_agent(small_house, png()).status_code == 200


def _worker(server: Echo) -> psutil.Process:
    """The process that takes the connections: the server's only child, or itself."""
    itself = psutil.Process(server.pid)
    return next(iter(itself.children()), itself)


@contextmanager
def _descriptors_of_at_most(process: psutil.Process, number: int) -> Iterator[None]:
    usual = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (number, usual[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, usual)


def _pings(peer: Peer, count: int) -> None:
    """Answer the server's next pings, which it sends four times a second."""
    for _ in range(count):
        assert peer.frame() == (TEXT, b"2")
        peer.send("3")
