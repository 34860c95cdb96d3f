"""Worlds over REST: message servers as agents know them."""

from typing import Any

import pytest

from eliza.db import tables
from eliza.ids import DEFAULT_MESSAGE_SERVER, unique_to
from tests.house_kit import Answer, House, id_of
from tests.memory.make import kept

NOWHERE = str(id_of("nowhere"))


def test_the_worlds_of_all_agents_are_listed_in_pages(house: House) -> None:
    alpha = house.agent("Alpha")
    made = [_world(_add(house, name="Oz")), _world(_add(house, alpha, name="Wonderland"))]

    everything = house.http.get("/api/agents/worlds")
    first = house.http.get("/api/agents/worlds?limit=1")
    rest = house.http.get(f"/api/agents/worlds?cursor={first.headers['X-Next-Cursor']}")

    assert sorted(everything.json["data"]["worlds"], key=str) == sorted(made, key=str)
    assert sorted([*first.json["data"]["worlds"], *rest.json["data"]["worlds"]], key=str) == sorted(made, key=str)
    assert house.http.get(f"/api/agents/{alpha}/worlds").json["data"]["worlds"] == made[1:]


def test_a_world_is_made_by_its_name(house: House) -> None:
    made = _add(house, name="Oz", messageServerId=str(DEFAULT_MESSAGE_SERVER), metadata={"colour": "green"})

    world = made.json["data"]["world"]
    assert made.status_code == 201
    assert world == {
        "id": world["id"],
        "agentId": str(house.eliza),
        "name": "Oz",
        "metadata": {"colour": "green"},
        "messageServerId": str(DEFAULT_MESSAGE_SERVER),
        "createdAt": world["createdAt"],
    }


def test_an_agent_added_to_the_world_of_another_knows_it_as_its_own(house: House) -> None:
    alpha = house.agent("Alpha")
    oz = _world(_add(house, name="Oz", metadata={"colour": "green"}))

    added = [_world(_add(house, agent, worldId=oz["id"])) for agent in (alpha, alpha, house.eliza)]

    own = {**oz, "id": str(unique_to(alpha, oz["id"])), "agentId": str(alpha), "createdAt": added[0]["createdAt"]}
    assert added == [own, own, oz]


def test_settings_are_kept_beside_what_a_world_has_already(house: House) -> None:
    oz = _world(_add(house, name="Oz", metadata={"colour": "green"}))
    address = f"/api/agents/{house.eliza}/worlds/{oz['id']}"

    set_ = house.http.patch(address, json={"settings": {"gate": "shut"}})
    renamed = house.http.patch(address, json={"name": "The Land of Oz", "metadata": {"colour": "emerald"}})

    assert (set_.json["data"]["worldId"], set_.json["data"]["settings"]) == (oz["id"], {"gate": "shut"})
    assert renamed.json["data"]["world"] == {
        **oz,
        "name": "The Land of Oz",
        "metadata": {"colour": "emerald", "settings": {"gate": "shut"}},
    }


def test_a_deleted_world_takes_its_rooms_and_memories_along(house: House) -> None:
    room = house.private("Ada", house.eliza)
    room.asks("Ada", "Hi!")
    room.settles()
    _add(house, name="Oz")
    world_id = unique_to(house.eliza, DEFAULT_MESSAGE_SERVER)

    deleted = house.http.delete(f"/api/agents/{house.eliza}/worlds/{world_id}")

    assert (deleted.status_code, kept(house), room.history()) == (204, [], ["Hi!", "All right."])
    with house.server.database.read():
        assert [row.name for row in tables.World.select()] == ["Oz"]
        assert list(tables.Room.select()) == []


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": 7}, 400, "name"),
        ({"worldId": "seven"}, 400, "worldId"),
        ({"worldId": NOWHERE}, 404, "World"),
        ({"name": "Oz", "messageServerId": NOWHERE}, 404, "Message server"),
    ],
)
def test_a_world_that_cannot_be_is_refused(lasting_house: House, body: dict[str, Any], status: int, said: str) -> None:
    refused = _add(lasting_house, **body)

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


def _add(house: House, agent: object = None, **body: Any) -> Answer:
    return house.http.post(f"/api/agents/{agent or house.eliza}/worlds", json=body)


def _world(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = answer.json["data"]["world"]
    return found
