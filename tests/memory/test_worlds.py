"""Worlds over REST: message servers as agents know them."""

from typing import Any

import pytest

from eliza.db import tables
from eliza.ids import DEFAULT_MESSAGE_SERVER, unique_to
from tests.house_kit import Answer, House, Json, id_of
from tests.memory.make import Someone

NOWHERE = str(id_of("nowhere"))


def test_the_worlds_of_all_agents_are_listed_in_pages(agent: Someone, other: Someone) -> None:
    made = [_world(_add(agent, name="Oz")), _world(_add(other, name="Wonderland"))]
    http = agent.house.http

    everything = http.get("/api/agents/worlds")
    first = http.get("/api/agents/worlds?limit=1")
    rest = http.get(f"/api/agents/worlds?cursor={first.headers['X-Next-Cursor']}")

    worlds = everything.json["data"]["worlds"]
    assert [world in worlds for world in made] == [True, True]
    assert first.json["data"]["worlds"] + rest.json["data"]["worlds"] == worlds
    assert everything.headers["X-Total-Count"] == str(len(worlds))
    assert other.asked("worlds", under="agents").json["data"]["worlds"] == made[1:]


def test_a_world_is_made_by_its_name(agent: Someone) -> None:
    made = _add(agent, name="Oz", messageServerId=str(DEFAULT_MESSAGE_SERVER), metadata={"colour": "green"})

    world = _world(made)
    assert made.status_code == 201
    assert world == {
        "id": world["id"],
        "agentId": str(agent.id),
        "name": "Oz",
        "metadata": {"colour": "green"},
        "messageServerId": str(DEFAULT_MESSAGE_SERVER),
        "createdAt": world["createdAt"],
    }


def test_an_agent_added_to_the_world_of_another_knows_it_as_its_own(agent: Someone, other: Someone) -> None:
    oz = _world(_add(agent, name="Oz", metadata={"colour": "green"}))

    added = [_world(_add(one, worldId=oz["id"])) for one in (other, other, agent)]

    own = {**oz, "id": str(unique_to(other.id, oz["id"])), "agentId": str(other.id), "createdAt": added[0]["createdAt"]}
    assert added == [own, own, oz]


def test_settings_are_kept_beside_what_a_world_has_already(agent: Someone) -> None:
    oz = _world(_add(agent, name="Oz", metadata={"colour": "green"}))
    path = f"worlds/{oz['id']}"

    shut = agent.asked(path, method="PATCH", under="agents", json={"settings": {"gate": "shut"}})
    renamed = agent.asked(
        path, method="PATCH", under="agents", json={"name": "The Land of Oz", "metadata": {"colour": "emerald"}}
    )

    assert (shut.json["data"]["worldId"], shut.json["data"]["settings"]) == (oz["id"], {"gate": "shut"})
    assert _world(renamed) == {
        **oz,
        "name": "The Land of Oz",
        "metadata": {"colour": "emerald", "settings": {"gate": "shut"}},
    }


def test_a_deleted_world_takes_its_rooms_and_memories_along(agent: Someone) -> None:
    channel = agent.talks("Ada")
    oz = _world(_add(agent, name="Oz"))

    world_id = unique_to(agent.id, DEFAULT_MESSAGE_SERVER)
    deleted = agent.asked(f"worlds/{world_id}", method="DELETE", under="agents")

    assert (deleted.status_code, agent.kept(), channel.history()) == (204, [], ["Hi!", "All right."])
    assert agent.asked("worlds", under="agents").json["data"]["worlds"] == [oz]
    with agent.house.server.database.read():
        assert list(tables.Room.select().where(tables.Room.agent == agent.id)) == []


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": " "}, 400, "name"),
        ({"name": 7}, 400, "name"),
        ({"worldId": "seven"}, 400, "worldId"),
        ({"worldId": NOWHERE}, 404, "World"),
        ({"name": "Oz", "messageServerId": NOWHERE}, 404, "Message server"),
    ],
)
def test_a_world_that_cannot_be_is_refused(lasting_house: House, body: dict[str, Any], status: int, said: str) -> None:
    refused = _add(Someone(lasting_house, lasting_house.eliza), **body)

    assert refused.status_code == status
    assert said in refused.json["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{NOWHERE}/worlds"),
        ("GET", f"{NOWHERE}/worlds"),
        ("PATCH", f"{id_of('Eliza')}/worlds/{NOWHERE}"),
        ("DELETE", f"{id_of('Eliza')}/worlds/{NOWHERE}"),
    ],
)
def test_what_is_not_there_is_not_found(lasting_house: House, method: str, path: str) -> None:
    answer = lasting_house.http.open(f"/api/agents/{path}", method=method, json={"name": "Oz"})

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND")


def _add(agent: Someone, **body: Any) -> Answer:
    return agent.asked("worlds", method="POST", under="agents", json=body)


def _world(answer: Answer) -> Json:
    found: Json = answer.json["data"]["world"]
    return found
