"""Silence: a server that nobody has set up calls nobody, not even to ask for a name."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import orjson

from eliza.ids import to_uuid
from tests.services.processes import ROOT, Server

_WITNESS = """\
import os, sys, _socket

_file = os.open(os.environ["WITNESS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
_EVENTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"}


def _note(event, arguments):
    if event in _EVENTS:
        told = [argument for argument in arguments if not isinstance(argument, _socket.socket)]
        os.write(_file, f"{event} {told!r}\\n".encode())


sys.addaudithook(_note)
_own = _socket.socket()
_own.connect_ex(("127.0.0.1", 9))
_own.close()
"""
"""Python imports ``sitecustomize`` before anything else, and an audit hook cannot be taken away again.

It begins with a call of its own, so that its silence afterwards says something.
"""
_OWN = "socket.connect [('127.0.0.1', 9)]"


def test_a_server_without_any_setting_calls_nobody(start_server: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_WITNESS)
    noted = tmp_path / "noted"
    server = start_server(env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "WITNESS": str(noted)})
    agent, channel, me = to_uuid("Eliza"), to_uuid("a channel"), to_uuid("Ada")
    said = {
        "author_id": str(me),
        "content": "I am sad.",
        "transport": "http",
        "metadata": {"isDm": True, "targetAgentId": str(agent)},
        "raw_message": {"attachments": [{"url": "http://pictures.example/fox.png", "contentType": "image/png"}]},
    }

    with httpx2.Client(base_url=server.url, timeout=20) as client:
        answered = client.post(f"/api/messaging/channels/{channel}/messages", json=said)
        client.get("/")
        client.get("/api/system/models")
    server.stop()

    assert orjson.loads(answered.content)["agentResponse"]["text"]
    lines = noted.read_text().splitlines()
    assert _OWN in lines
    assert [line for line in lines if not _stays_here(line)] == []


def _stays_here(line: str) -> bool:
    return any(here in line for here in ("'127.0.0.1'", "'localhost'", "'::1'", ".sock", "[None"))
