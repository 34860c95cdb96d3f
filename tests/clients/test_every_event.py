"""The official Socket.IO client, unmodified: each event that elizaOS's server sends, and a connection that breaks."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from eliza.ids import to_uuid
from tests.clients.model import REPLY, UNSPEAKABLE, ModelService
from tests.house_kit import id_of
from tests.services.node import Conversation, conversation, outcome_of
from tests.services.processes import Server

EVENTS = Path(__file__).with_name("every_event.mjs")
RECONNECTING = Path(__file__).with_name("reconnecting.mjs")
TRANSPORTS = ("polling", "websocket")
CHUNK = "messageStreamChunk"
ELIZA = str(to_uuid("Eliza"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: ModelService) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("server"), env=model.settings)
    yield started.wait_until_ready()
    started.kill()


def test_each_event_of_elizaos_comes_in_its_order_over_each_transport(server: Server) -> None:
    heard = outcome_of(EVENTS, json.dumps({"url": server.url, "agentId": ELIZA, "unspeakable": UNSPEAKABLE}))

    assert list(heard) == list(TRANSPORTS)
    for told in heard.values():
        assert _without_repeats(told) == [
            *("authenticated", "connection_established"),
            "messageError",
            *("channel_joined", "room_joined"),
            *("messageBroadcast", "messageAck", "messageStreamChunk", "messageBroadcast", "messageComplete"),
            *("messageBroadcast", "messageAck", "messageStreamError", "messageComplete"),
            *("channel_joined", "room_joined"),
            *("messageBroadcast", "messageBroadcast", "messageBroadcast", "messageBroadcast"),
            *("channelUpdated", "messageDeleted", "channelCleared", "channelDeleted"),
            *("log_subscription_confirmed", "log_filters_updated"),
            *("messageBroadcast", "messageAck", "messageStreamError", "messageComplete"),
            "log_subscription_confirmed",
        ]
        posted = [payload for name, payload in told if name == "messageBroadcast"]
        submitted, executing, completed, foreign = posted[3:7]
        assert (submitted["senderId"], submitted["source"]) == (ELIZA, "agent_response")
        logged = next(payload for name, payload in told if name == "log_stream")
        assert set(logged["payload"]) >= {"time", "level", "msg"}
        assert executing["id"] == completed["id"]
        assert [executing["source"], executing["rawMessage"]["actionStatus"]] == ["agent_action", "executing"]
        assert [completed["text"], completed["rawMessage"]["actionStatus"]] == ["Found.", "completed"]
        assert (foreign["text"], foreign["source"]) == ("From far away.", "discord")


def test_a_connection_that_breaks_in_mid_stream_loses_nothing(server: Server, model: ModelService) -> None:
    model.rest.clear()
    with ExitStack() as talks:
        rooms = [_room(server, transport) for transport in TRANSPORTS]
        people = [
            talks.enter_context(_reconnecting(server, transport, room))
            for transport, room in zip(TRANSPORTS, rooms, strict=True)
        ]
        assert [person.tells()["state"] for person in people] == ["away", "away"]

        for room in rooms:
            _say(server, room, "While you were away.")
        for person in people:
            person.goes_on()
        assert [person.tells()["state"] for person in people] == ["back", "back"]
        model.rest.set()
        for person in people:
            person.goes_on()

        for person in people:
            done = person.tells()
            assert done["messages"] == [[1, "Eliza, tell me everything."], [2, "While you were away."], [3, REPLY]]
            assert "".join(done["pieces"]).endswith("nothing got lost.")


def _without_repeats(told: list[tuple[str, Any]]) -> list[str]:
    """The names of what was told; pieces of one answer count as one, as do log lines. Turns' states are ours alone."""
    names = [name for name, _ in told if name not in {"turnState", "log_stream"}]
    return [name for name, before in zip(names, ["", *names], strict=False) if (name, before) != (CHUNK, CHUNK)]


def _room(server: Server, transport: str) -> str:
    people = [str(id_of(f"Ada over {transport}")), str(id_of("Bob")), ELIZA]
    body = {"name": "The room", "participantCentralUserIds": people}
    made = requests.post(f"{server.url}/api/messaging/channels", json=body, timeout=10).json()
    return str(made["data"]["id"])


def _reconnecting(server: Server, transport: str, room: str) -> AbstractContextManager[Conversation]:
    return conversation(RECONNECTING, server.url, transport, str(id_of(f"Ada over {transport}")), room)


def _say(server: Server, room: str, text: str) -> None:
    body = {"author_id": str(id_of("Bob")), "content": text}
    said = requests.post(f"{server.url}/api/messaging/channels/{room}/messages", json=body, timeout=10)
    assert said.status_code == 201, said.text
