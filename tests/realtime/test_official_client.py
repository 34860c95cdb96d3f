"""The official Socket.IO client, unmodified, against a server process."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import requests

from eliza.ids import new_id, to_uuid
from tests.house_kit import at_once, id_of
from tests.services.node import outcome_of
from tests.services.processes import Server

SCRIPT = Path(__file__).with_name("official_client.mjs")
ELIZA = to_uuid("Eliza")


def test_the_official_client_talks_over_every_transport_and_shows_a_refusal(
    start_server: Callable[..., Server],
) -> None:
    server = start_server()
    transports = ("polling", "websocket", "upgrade")

    # Node.js starts slowly, so the three talk at the same time.
    talks = at_once(*(partial(_converse, server, transport) for transport in transports))

    for heard in talks:
        names = [name for name, _ in heard if name not in {"acknowledged", "messageStreamChunk"}]
        assert names == [
            "authenticated",
            "connection_established",
            "channel_joined",
            "room_joined",
            "messageBroadcast",
            "messageAck",
            "messageBroadcast",
        ]
        own, reply = (payload for name, payload in heard if name == "messageBroadcast")
        chunks = [payload for name, payload in heard if name == "messageStreamChunk"]
        [answer] = [payload for name, payload in heard if name == "acknowledged"]
        assert (own["text"], own["clientMessageId"]) == ("Hi!", "mine")
        assert (answer["ok"], answer["messageId"]) == (True, own["id"])
        assert "".join(chunk["chunk"] for chunk in chunks) == reply["text"]
        assert {chunk["messageId"] for chunk in chunks} == {reply["id"]}
    assert _run(server, "websocket", "Ada", str(new_id())) == [["refused", "Valid entityId required"]]


def _converse(server: Server, transport: str) -> list[Any]:
    person = f"Ada over {transport}"
    query = f"currentUserId={id_of(person)}&targetUserId={ELIZA}"
    found = requests.get(f"{server.url}/api/messaging/dm-channel?{query}", timeout=10).json()
    return _run(server, transport, str(id_of(person)), found["data"]["id"])


def _run(server: Server, *arguments: str) -> list[Any]:
    heard: list[Any] = outcome_of(SCRIPT, server.url, *arguments)
    return heard
