"""Rooms over REST: channels as an agent knows them, rooms of its own, and rooms for several agents at once."""

from typing import Any
from uuid import UUID

import pytest

from eliza.db import tables
from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id, unique_to
from tests.house_kit import Answer, House, id_of
from tests.memory.make import kept, memory


def test_a_channel_in_which_an_agent_spoke_is_a_room_in_its_world(house: House) -> None:
    room = house.private("Ada", house.eliza)
    room.asks("Ada", "Hi!")
    room.settles()

    [listed] = house.http.get(f"/api/memory/{house.eliza}/rooms").json["data"]["rooms"]

    assert listed == {
        "id": str(unique_to(house.eliza, room.id)),
        "name": listed["name"],
        "channelId": str(room.id),
        "agentId": str(house.eliza),
        "messageServerId": str(DEFAULT_MESSAGE_SERVER),
        "serverId": str(DEFAULT_MESSAGE_SERVER),
        "worldId": str(unique_to(house.eliza, DEFAULT_MESSAGE_SERVER)),
        "worldName": f"World for server {DEFAULT_MESSAGE_SERVER}",
        "type": "DM",
        "source": listed["source"],
        "metadata": {},
        "createdAt": listed["createdAt"],
    }
    assert house.http.get(f"/api/agents/{house.eliza}/rooms/{listed['id']}").json["data"] == listed


def test_a_room_is_made_as_elizaos_would_make_it(house: House) -> None:
    made = _make(house, name="Study")

    room = made.json["data"]
    assert made.status_code == 201
    assert (room["name"], room["type"], room["source"], room["channelId"]) == ("Study", "DM", "client", None)
    assert house.http.get(f"/api/memory/{house.eliza}/rooms").json["data"]["rooms"] == [room]


def test_a_room_stands_in_the_world_it_is_made_in(house: House) -> None:
    server_id = house.server.create_server("Elsewhere", "test").id
    world = house.http.post(
        f"/api/agents/{house.eliza}/worlds", json={"name": "Oz", "messageServerId": str(server_id)}
    ).json["data"]["world"]

    room = _make(house, name="Study", worldId=world["id"], metadata={"floor": 2}).json["data"]

    assert (room["worldName"], room["messageServerId"], room["metadata"]) == ("Oz", str(server_id), {"floor": 2})


def test_rooms_are_listed_in_pages(house: House) -> None:
    for name in ("one", "two", "three"):
        _make(house, name=name)
    address = f"/api/memory/{house.eliza}/rooms?limit=2"

    first = house.http.get(address)
    rest = house.http.get(f"{address}&cursor={first.headers['X-Next-Cursor']}")

    assert (first.headers["X-Total-Count"], "X-Next-Cursor" in rest.headers) == ("3", False)
    assert {room["name"] for page in (first, rest) for room in page.json["data"]["rooms"]} == {"one", "two", "three"}


def test_a_deleted_room_is_forgotten_and_its_channel_stays(house: House) -> None:
    room, other = house.private("Ada", house.eliza), house.private("Bob", house.eliza)
    for one, person, text in ((room, "Ada", "Hi!"), (other, "Bob", "Ho!")):
        one.asks(person, text)
        one.settles()

    deleted = house.http.delete(f"/api/memory/{house.eliza}/rooms/{unique_to(house.eliza, room.id)}")

    assert (deleted.status_code, kept(house)) == (204, ["All right.", "Ho!"])
    assert room.history() == ["Hi!", "All right."]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": "x", "type": "a type"}, 400, "type"),
        ({"name": "x", "worldId": "seven"}, 400, "worldId"),
        ({"name": "x", "worldId": str(id_of("nowhere"))}, 404, "World"),
        ({"name": "x", "messageServerId": str(id_of("nowhere"))}, 404, "Message server"),
    ],
)
def test_a_room_that_cannot_be_is_refused(lasting_house: House, body: dict[str, Any], status: int, said: str) -> None:
    refused = _make(lasting_house, **body)

    assert refused.status_code == status
    assert refused.json["error"]["message"].startswith(said)


def test_a_room_of_another_agent_is_not_found(lasting_house: House) -> None:
    room = _make(lasting_house, name="Study").json["data"]
    base = f"/api/memory/{lasting_house.agent('Other', start=False)}/rooms/{room['id']}"

    answers = [lasting_house.http.open(base, method=method) for method in ("GET", "DELETE")]

    assert [(answer.status_code, answer.json["error"]["code"]) for answer in answers] == [(404, "NOT_FOUND")] * 2


def test_a_group_gives_each_agent_a_room_in_one_world(house: House) -> None:
    agents, world_id = [house.eliza, house.agent("Alpha")], str(new_id())

    made = _group(house, agentIds=[str(one) for one in agents], name="Salon", worldId=world_id)

    assert made.status_code == 201
    assert [
        (room["agentId"], room["name"], room["source"], room["worldId"], room["type"]) for room in made.json["data"]
    ] == [(str(one), "Salon", "client", world_id, "API") for one in agents]
    assert len({room["id"] for room in made.json["data"]}) == 2


def test_a_group_without_agents_is_for_all_that_serve_there(house: House) -> None:
    alpha = house.agent("Alpha")

    made = _group(house, name="Everybody", messageServerId=str(DEFAULT_MESSAGE_SERVER))

    assert {room["agentId"] for room in made.json["data"]} == {str(house.eliza), str(alpha)}


def test_agents_that_nobody_knows_do_not_keep_the_others_out(house: House) -> None:
    nobody = id_of("nobody")

    made = _group(house, agentIds=[str(nobody), str(house.eliza)], name="Salon")

    assert (made.status_code, made.json["success"]) == (207, False)
    assert [room["agentId"] for room in made.json["data"]] == [str(house.eliza)]
    assert made.json["errors"] == [
        {"agentId": str(nobody), "code": "NOT_FOUND", "message": f"Agent {nobody} not found"}
    ]


@pytest.mark.parametrize(
    ("server", "body", "status"),
    [
        ("nowhere", {}, 404),
        (None, {"agentIds": [str(id_of("nobody"))]}, 404),
        (None, {"agentIds": []}, 400),
        (None, {"agentIds": "all"}, 400),
    ],
    ids=["unknown server", "no known agent", "empty", "no list"],
)
def test_a_group_that_cannot_be_is_refused(
    lasting_house: House, server: str | None, body: dict[str, Any], status: int
) -> None:
    server_id = id_of(server) if server else DEFAULT_MESSAGE_SERVER

    assert _group(lasting_house, server_id, **body).status_code == status


def test_a_server_without_agents_makes_no_group(lasting_house: House) -> None:
    refused = _group(lasting_house, lasting_house.server.create_server("Empty", "test").id)

    assert (refused.status_code, refused.json["error"]["code"]) == (409, "NO_AGENTS")


def test_a_deleted_group_takes_its_rooms_and_memories_along(house: House) -> None:
    world_id = new_id()
    [room] = _group(house, agentIds=[str(house.eliza)], worldId=str(world_id)).json["data"]
    memory(house, "in the group", room=UUID(room["id"]))
    memory(house, "elsewhere")

    deleted = house.http.delete(f"/api/memory/groups/{world_id}")

    assert (deleted.status_code, kept(house)) == (204, ["elsewhere"])
    with house.server.database.read():
        assert [list(table.select()) for table in (tables.Room, tables.World, tables.Participant)] == [[], [], []]


def test_a_group_made_of_a_message_server_is_deleted_by_it(house: House) -> None:
    server_id = house.server.create_server("Elsewhere", "test").id
    house.server.add_agent_to_server(server_id, house.eliza)
    [room] = _group(house, server_id).json["data"]
    memory(house, "in the group", room=UUID(room["id"]))

    house.http.delete(f"/api/memory/groups/{server_id}")

    assert (kept(house), house.http.get(f"/api/memory/{house.eliza}/rooms").json["data"]["rooms"]) == ([], [])


def test_a_group_is_forgotten_and_its_rooms_stay(house: House) -> None:
    [room] = _group(house, agentIds=[str(house.eliza)]).json["data"]
    memory(house, "in the group", room=UUID(room["id"]))
    memory(house, "elsewhere")

    forgotten = house.http.delete(f"/api/memory/groups/{room['worldId']}/memories")

    assert (forgotten.status_code, kept(house)) == (204, ["elsewhere"])
    assert house.http.get(f"/api/memory/{house.eliza}/rooms/{room['id']}").status_code == 200


@pytest.mark.parametrize("path", ["", "/memories"])
def test_a_group_that_is_not_there_is_not_found(lasting_house: House, path: str) -> None:
    assert lasting_house.http.delete(f"/api/memory/groups/{id_of('nowhere')}{path}").status_code == 404


def _make(house: House, **body: Any) -> Answer:
    return house.http.post(f"/api/memory/{house.eliza}/rooms", json=body)


def _group(house: House, server_id: UUID = DEFAULT_MESSAGE_SERVER, **body: Any) -> Answer:
    return house.http.post(f"/api/memory/groups/{server_id}", json=body)
