"""Rooms over REST: channels as an agent knows them, and rooms of its own."""

from typing import Any

import pytest

from eliza.ids import DEFAULT_MESSAGE_SERVER, unique_to
from tests.house_kit import Answer, House, id_of
from tests.memory.make import Someone


def test_a_channel_in_which_an_agent_spoke_is_a_room_in_its_world(agent: Someone) -> None:
    channel = agent.talks("Ada")

    [listed] = agent.asked("rooms").json["data"]["rooms"]

    assert listed == {
        "id": str(agent.room_of(channel)),
        "name": listed["name"],
        "channelId": str(channel.id),
        "agentId": str(agent.id),
        "messageServerId": str(DEFAULT_MESSAGE_SERVER),
        "serverId": str(DEFAULT_MESSAGE_SERVER),
        "worldId": str(unique_to(agent.id, DEFAULT_MESSAGE_SERVER)),
        "worldName": f"World for server {DEFAULT_MESSAGE_SERVER}",
        "type": "DM",
        "source": listed["source"],
        "metadata": {},
        "createdAt": listed["createdAt"],
    }
    assert agent.asked(f"rooms/{listed['id']}", under="agents").json["data"] == listed


def test_a_conversation_is_one_room_however_it_is_held(agent: Someone) -> None:
    channel = agent.talks("Ada", "Hi!")
    ada = agent.house.socket("Ada")
    ada.joins(channel)

    ada.says(channel, "And over a socket.")
    channel.settles()

    told = ["All right.", "And over a socket.", "All right.", "Hi!"]
    assert agent.texts(f"rooms/{channel.id}/memories") == told
    assert len(agent.asked("rooms").json["data"]["rooms"]) == 1


def test_a_room_is_made_as_elizaos_would_make_it(agent: Someone) -> None:
    made = _make(agent, name="Study")

    room = made.json["data"]
    assert made.status_code == 201
    assert (room["name"], room["type"], room["source"], room["channelId"]) == ("Study", "DM", "client", None)
    assert agent.asked("rooms").json["data"]["rooms"] == [room]


def test_a_room_stands_in_the_world_it_is_made_in(agent: Someone) -> None:
    server_id = str(agent.house.server.create_server("Elsewhere", "test").id)
    made = agent.asked("worlds", method="POST", under="agents", json={"name": "Oz", "messageServerId": server_id})

    room = _make(agent, name="Study", worldId=made.json["data"]["world"]["id"], metadata={"floor": 2}).json["data"]

    assert (room["worldName"], room["messageServerId"], room["metadata"]) == ("Oz", server_id, {"floor": 2})


def test_rooms_are_listed_in_pages(agent: Someone) -> None:
    made = [_make(agent, name=name).json["data"] for name in ("one", "two", "three")]

    first = agent.asked("rooms?limit=2")
    rest = agent.asked(f"rooms?limit=2&cursor={first.headers['X-Next-Cursor']}")

    listed = first.json["data"]["rooms"] + rest.json["data"]["rooms"]
    assert sorted(listed, key=str) == sorted(made, key=str)
    assert (first.headers["X-Total-Count"], "X-Next-Cursor" in rest.headers) == ("3", False)


def test_a_deleted_room_is_forgotten_and_its_channel_stays(agent: Someone) -> None:
    channel, _ = agent.talks("Ada", "Hi!"), agent.talks("Bob", "Ho!")

    deleted = agent.asked(f"rooms/{agent.room_of(channel)}", method="DELETE")

    assert (deleted.status_code, agent.kept()) == (204, ["All right.", "Ho!"])
    assert channel.history() == ["Hi!", "All right."]


def test_a_deleted_room_is_there_again_when_somebody_speaks(agent: Someone) -> None:
    channel = agent.talks("Ada")
    agent.asked(f"rooms/{agent.room_of(channel)}", method="DELETE")

    agent.talks("Ada", "Hello again!")

    assert agent.kept() == ["All right.", "Hello again!"]
    assert [room["channelId"] for room in agent.asked("rooms").json["data"]["rooms"]] == [str(channel.id)]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": " "}, 400, "name"),
        ({"name": "x", "type": "a type"}, 400, "type"),
        ({"name": "x", "worldId": "seven"}, 400, "worldId"),
        ({"name": "x", "worldId": str(id_of("nowhere"))}, 404, "World"),
        ({"name": "x", "messageServerId": str(id_of("nowhere"))}, 404, "Message server"),
    ],
)
def test_a_room_that_cannot_be_is_refused(lasting_house: House, body: dict[str, Any], status: int, said: str) -> None:
    refused = _make(Someone(lasting_house, lasting_house.eliza), **body)

    assert refused.status_code == status
    assert refused.json["error"]["message"].startswith(said)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_room_of_another_agent_is_not_found(agent: Someone, other: Someone, method: str) -> None:
    room = _make(agent, name="Study").json["data"]

    answer = other.asked(f"rooms/{room['id']}", method=method)

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND")


def _make(agent: Someone, **body: Any) -> Answer:
    return agent.asked("rooms", method="POST", json=body)
