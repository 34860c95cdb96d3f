"""Groups over REST: a room for each of several agents at once."""

from typing import Any
from uuid import UUID

import pytest

from eliza.db import tables
from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id
from tests.house_kit import Answer, House, id_of
from tests.memory.make import Someone


def test_a_group_gives_each_agent_a_room_in_one_world(agent: Someone, other: Someone) -> None:
    world_id, both = str(new_id()), [str(agent.id), str(other.id)]

    made = _group(agent.house, agentIds=both, name="Salon", worldId=world_id)

    rooms = made.json["data"]
    assert (made.status_code, len({room["id"] for room in rooms})) == (201, 2)
    assert rooms == [
        {"id": room["id"], "agentId": one, "name": "Salon", "source": "client", "worldId": world_id, "type": "API"}
        for one, room in zip(both, rooms, strict=True)
    ]


def test_a_group_without_agents_is_for_all_that_serve_there(agent: Someone, other: Someone) -> None:
    server_id = _server_of(agent, other)

    made = _group(agent.house, server_id, name="Everybody", messageServerId=str(server_id))

    assert {room["agentId"] for room in made.json["data"]} == {str(agent.id), str(other.id)}


def test_agents_that_nobody_knows_do_not_keep_the_others_out(agent: Someone) -> None:
    nobody = id_of("nobody")

    made = _group(agent.house, agentIds=[str(nobody), str(agent.id)], name="Salon")

    assert (made.status_code, made.json["success"]) == (207, False)
    assert [room["agentId"] for room in made.json["data"]] == [str(agent.id)]
    assert made.json["errors"] == [
        {"agentId": str(nobody), "code": "NOT_FOUND", "message": f"Agent {nobody} not found"}
    ]


@pytest.mark.parametrize(
    ("server_id", "body", "status"),
    [
        (id_of("nowhere"), {}, 404),
        (DEFAULT_MESSAGE_SERVER, {"agentIds": [str(id_of("nobody"))]}, 404),
        (DEFAULT_MESSAGE_SERVER, {"agentIds": []}, 400),
        (DEFAULT_MESSAGE_SERVER, {"agentIds": "all"}, 400),
    ],
    ids=["unknown server", "no known agent", "empty", "no list"],
)
def test_a_group_that_cannot_be_is_refused(
    lasting_house: House, server_id: UUID, body: dict[str, Any], status: int
) -> None:
    assert _group(lasting_house, server_id, **body).status_code == status


def test_a_server_without_agents_makes_no_group(lasting_house: House) -> None:
    refused = _group(lasting_house, lasting_house.server.create_server("Empty", "test").id)

    assert (refused.status_code, refused.json["error"]["code"]) == (409, "NO_AGENTS")


def test_a_deleted_group_takes_its_rooms_and_memories_along(agent: Someone) -> None:
    [room] = _group(agent.house, agentIds=[str(agent.id)], worldId=str(new_id())).json["data"]
    agent.remembers("in the group", room=UUID(room["id"]))
    agent.remembers("elsewhere")

    deleted = agent.house.http.delete(f"/api/memory/groups/{room['worldId']}")

    assert (deleted.status_code, agent.kept()) == (204, ["elsewhere"])
    with agent.house.server.database.read():
        for table in (tables.Room, tables.World, tables.Participant):
            assert list(table.select().where(table.agent == agent.id)) == []


def test_a_group_made_of_a_message_server_is_deleted_by_it(agent: Someone, other: Someone) -> None:
    server_id = _server_of(agent, other)
    for room in _group(agent.house, server_id).json["data"]:
        agent.remembers("in the group", room=UUID(room["id"]))

    agent.house.http.delete(f"/api/memory/groups/{server_id}")

    assert [agent.kept(), *(one.asked("rooms").json["data"]["rooms"] for one in (agent, other))] == [[], [], []]


def test_a_group_is_forgotten_and_its_rooms_stay(agent: Someone) -> None:
    [room] = _group(agent.house, agentIds=[str(agent.id)]).json["data"]
    agent.remembers("in the group", room=UUID(room["id"]))
    agent.remembers("elsewhere")

    forgotten = agent.house.http.delete(f"/api/memory/groups/{room['worldId']}/memories")

    assert (forgotten.status_code, agent.kept()) == (204, ["elsewhere"])
    assert agent.asked(f"rooms/{room['id']}").status_code == 200


@pytest.mark.parametrize("path", ["", "/memories"])
def test_a_group_that_is_not_there_is_not_found(lasting_house: House, path: str) -> None:
    assert lasting_house.http.delete(f"/api/memory/groups/{id_of('nowhere')}{path}").status_code == 404


def _group(house: House, server_id: UUID = DEFAULT_MESSAGE_SERVER, **body: Any) -> Answer:
    return house.http.post(f"/api/memory/groups/{server_id}", json=body)


def _server_of(*agents: Someone) -> UUID:
    """A message server on which these agents serve and no others."""
    server = agents[0].house.server
    server_id = server.create_server("Elsewhere", "test").id
    for agent in agents:
        server.add_agent_to_server(server_id, agent.id)
    return server_id
