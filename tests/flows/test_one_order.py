"""One order: twenty people talk at once, and everybody who looks sees the same list."""

import http.client
import json
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import requests

from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from tests.house_kit import Json, Socket, at_once, id_of
from tests.services.processes import HOST, Server

PEOPLE, WORDS = 20, 50
ALL = PEOPLE * WORDS


def test_a_thousand_messages_at_once_are_one_gapless_list(
    start_server: Callable[..., Server], database_url: str | None
) -> None:
    server = start_server(env={"POSTGRES_URL": database_url} if database_url else {})
    channel_id = _channel(server)
    listener = Socket(server.url, "Listener")
    listener.joins(channel_id)

    told = at_once(*(partial(_talk, server, channel_id, number) for number in range(PEOPLE)), within=90)

    stored = _everything(server, channel_id)
    listener.hears("messageBroadcast", count=ALL, within=20)
    assert [seq for seq, _ in stored] == list(range(1, ALL + 1))
    assert _places(listener.all("messageBroadcast")) == stored
    assert list(reversed(_pages_back(server, channel_id))) == stored
    assert sorted(place for places in told for place in places) == stored
    late = Socket(server.url, "Latecomer")
    late.joins(channel_id, lastSeq=0)
    late.hears("messageBroadcast", count=ALL, within=20)
    assert _places(late.all("messageBroadcast")) == stored
    for places in told:
        assert places == sorted(places), "What one person said stands in the order it was said."
    for socket in (listener, late):
        socket.close()


def _talk(server: Server, channel_id: UUID, number: int) -> list[tuple[int, str]]:
    """One person's messages, some over REST, some over SSE, some over a socket; the places they were given."""
    person = f"Person {number}"
    if number % 5 == 0:
        socket = Socket(server.url, person)
        said = [socket.says(channel_id, f"{person}, {word}") for word in range(WORDS)]
        socket.close()
        return [(answer["seq"], answer["messageId"]) for answer in said]
    line = http.client.HTTPConnection(HOST, server.port, timeout=60)
    transport = "sse" if number % 5 == 1 else "websocket"
    messages = [_post(line, channel_id, person, f"{person}, {word}", transport) for word in range(WORDS)]
    line.close()
    return _places(messages)


def _post(line: http.client.HTTPConnection, channel_id: UUID, person: str, text: str, transport: str) -> Json:
    body = {"author_id": str(id_of(person)), "content": text, "transport": transport}
    headers = {"Content-Type": "application/json"}
    line.request("POST", f"/api/messaging/channels/{channel_id}/messages", json.dumps(body), headers)
    answer = line.getresponse().read().decode()
    if transport == "sse":
        message: Json = json.loads(answer.split("data: ", 1)[1].split("\n", 1)[0])
    else:
        message = json.loads(answer)["userMessage"]
    return message


def _channel(server: Server) -> UUID:
    people = [str(to_uuid(f"Person {number}")) for number in range(PEOPLE)]
    body = {"name": "Market", "message_server_id": str(DEFAULT_MESSAGE_SERVER), "participantCentralUserIds": people}
    made = requests.post(f"{server.url}/api/messaging/channels", json=body, timeout=10)
    return UUID(made.json()["data"]["id"])


def _page(server: Server, channel_id: UUID, **query: Any) -> list[Json]:
    url = f"{server.url}/api/messaging/channels/{channel_id}/messages"
    messages: list[Json] = requests.get(url, params=query, timeout=30).json()["data"]["messages"]
    return messages


def _everything(server: Server, channel_id: UUID) -> list[tuple[int, str]]:
    found = _page(server, channel_id, after_seq=0, limit=137)
    while page := _page(server, channel_id, after_seq=found[-1]["seq"], limit=137):
        found += page
    return _places(found)


def _pages_back(server: Server, channel_id: UUID) -> list[tuple[int, str]]:
    found = _page(server, channel_id, limit=137)
    while page := _page(server, channel_id, before=found[-1]["createdAt"], limit=137):
        found += page
    return _places(found)


def _places(messages: list[Json]) -> list[tuple[int, str]]:
    return [(message["seq"], message["id"]) for message in messages]
