"""Every way to start the server, and every way to end it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask_socketio import SocketIO

from eliza.realtime.transport import create_sockets
from tests.services.processes import HOST, ROOT, clean_environment, free_port
from tests.services.waiting import eventually
from tests.transport.peer import Peer
from tests.transport.serving import APP, OURS, STOCK, Echo, development, flask_run, gunicorn

CALM = {"PING_INTERVAL": 25, "PING_TIMEOUT": 20}


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(lambda folder: gunicorn(folder, OURS, **CALM), id="our worker"),
        pytest.param(lambda folder: gunicorn(folder, STOCK, **CALM), id="the stock WebSocket worker"),
        pytest.param(lambda folder: gunicorn(folder, "gevent", **CALM), id="gunicorn's gevent worker"),
        pytest.param(lambda folder: gunicorn(folder, "gevent_pywsgi", **CALM), id="gunicorn's pywsgi worker"),
        pytest.param(
            lambda folder: gunicorn(folder, "gthread", "--threads", "8", UNPATCHED=1, **CALM), id="gunicorn's threads"
        ),
        pytest.param(lambda folder: development(folder, **CALM), id="python app.py"),
        pytest.param(lambda folder: development(folder, UNPATCHED=1, **CALM), id="a program that embeds it in threads"),
        pytest.param(lambda folder: flask_run(folder, **CALM), id="flask run"),
    ],
)
def test_sockets_work_however_the_server_is_started(start: Callable[[Path], Echo], tmp_path: Path) -> None:
    server = start(tmp_path)
    try:
        with Peer(server.port, receive_buffer=4096).join() as peer:
            peer.send('421["message-with-ack","hello"]')
            assert peer.text() == '431["hello"]'
            peer.send('42["blob",3,700000]')
            assert [len(peer.text()) for _ in range(3)] == [700_000 + len('42["blob",[0,""]]')] * 3
        eventually(lambda: server.state()["sessions"] == 0)
        assert "Traceback" not in server.log
    finally:
        server.kill()


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(lambda folder: gunicorn(folder, OURS, **CALM), id="our worker"),
        pytest.param(lambda folder: development(folder, **CALM), id="python app.py"),
    ],
)
def test_a_server_told_to_end_says_goodbye_and_ends(start: Callable[[Path], Echo], tmp_path: Path) -> None:
    server = start(tmp_path)
    with Peer(server.port).join() as peer, Peer(server.port).join():
        os.kill(server.pid, signal.SIGTERM)
        assert peer.close_code() == 1001
        # The second peer never answers the goodbye, and nobody waits for it.
        assert server.wait(within=15) == 0
    assert "graceful timeout" not in server.log


def test_clients_that_keep_their_connections_do_not_hold_up_the_end(tmp_path: Path) -> None:
    server = gunicorn(tmp_path, OURS, **CALM)
    with requests.Session() as client:
        assert client.get(server.url, timeout=5).text == "hello"
        began = time.monotonic()
        assert server.stop() == 0
    # A worker that is killed for its patience takes the whole graceful timeout of ten seconds.
    assert time.monotonic() - began < 5
    assert "Worker exiting" in server.log


def test_a_worker_that_served_enough_hands_over_to_a_fresh_one(tmp_path: Path) -> None:
    server = gunicorn(tmp_path, OURS, "--max-requests", "3", **CALM)
    try:
        with Peer(server.port).join() as peer:
            eventually(lambda: server.state() and "Autorestarting" in server.log)
            assert peer.close_code() == 1001
        eventually(lambda: requests.get(server.url, timeout=5).text == "hello")
    finally:
        server.kill()


def test_the_access_log_has_a_line_for_a_websocket(tmp_path: Path) -> None:
    server = gunicorn(tmp_path, OURS, **CALM)
    try:
        with Peer(server.port).join():
            pass
        eventually(lambda: '/socket.io/?EIO=4&transport=websocket HTTP/1.1" 101' in server.log)
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        pytest.param(["--bind", "0.0.0.0:{port}"], {}, id="an option"),
        pytest.param(["--bind", ":{port}"], {}, id="an option without a host"),
        pytest.param(["--bind", f"{HOST}:{{port}}", "--bind", "[::]:{port}"], {}, id="one of two options"),
        pytest.param([], {"SERVER_HOST": "0.0.0.0"}, id="SERVER_HOST"),
    ],
)
def test_an_open_server_cannot_be_reached_from_other_machines(
    arguments: list[str], env: dict[str, str], tmp_path: Path
) -> None:
    done = start_and_end([part.format(port=free_port()) for part in arguments], env, tmp_path)
    assert done.returncode != 0
    assert "flask keys create <name>" in done.stderr
    assert "ELIZA_SERVER_AUTH_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_cannot_be_used_is_named_in_one_line(tmp_path: Path) -> None:
    done = start_and_end([], {"SERVER_PORT": "abc"}, tmp_path)
    assert done.stderr.strip().splitlines() == ["Error: SERVER_PORT=abc must be a port number between 0 and 65535."]


def test_the_configuration_names_worker_and_address(tmp_path: Path) -> None:
    port = str(free_port())
    done = start_and_end(["--print-config"], {"SERVER_PORT": port}, tmp_path)
    for line in (
        "worker_class=eliza.worker.Worker",
        f"bind=['{HOST}:{port}']",
        "workers=1",
        "worker_connections=10000",
        "forwarded_allow_ips=[]",
        "secure_scheme_headers={}",
    ):
        assert line in done.stdout.replace(" ", "")


def start_and_end(arguments: list[str], env: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), *arguments, APP]
    environment = {**clean_environment(folder), **env}
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=20, check=False)


def test_flask_socketio_s_test_client_works_with_it() -> None:
    app = Flask(__name__)
    sockets = create_sockets(app, origins=None)
    sockets.server.on("connect", lambda sid, environ, auth: sockets.server.emit("greeting", auth, room=sid))
    sockets.server.on("ask", lambda sid, question: f"{question}?")
    assert isinstance(sockets, SocketIO)

    client = sockets.test_client(app, auth={"name": "Ada"})

    assert client.is_connected()
    assert client.get_received() == [{"name": "greeting", "args": [{"name": "Ada"}], "namespace": "/"}]
    assert client.emit("ask", "why", callback=True) == "why?"
    sockets.server.emit("news", {"n": 1})
    assert client.get_received() == [{"name": "news", "args": [{"n": 1}], "namespace": "/"}]
    client.disconnect()
