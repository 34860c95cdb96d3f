"""Memories of several people: each sees what an agent remembers of the channels they take part in, and no more."""

import pytest

from tests.hidden import require_hidden
from tests.house_kit import Client, House, Json, Room, id_of
from tests.memory.make import Someone


@pytest.fixture(scope="module")
def eliza(lasting_house: House) -> Someone:
    return Someone(lasting_house, lasting_house.eliza)


@pytest.fixture(scope="module")
def adas(eliza: Someone) -> Room:
    """Where Ada has told Eliza something."""
    return eliza.talks("Ada", "My cat is called Lovelace.")


@pytest.fixture(scope="module")
def bobs(eliza: Someone) -> Room:
    return eliza.talks("Bob", "My dog is called Rex.")


@pytest.fixture(scope="module")
def bob(eliza: Someone, adas: Room, bobs: Room) -> Client:
    eliza.remembers("A fact that belongs nowhere.", table="facts")
    eliza.remembers("A fact about Ada.", table="facts", room=eliza.room_of(adas))
    eliza.remembers("A fact about Bob.", table="facts", room=eliza.room_of(bobs))
    return eliza.house.as_("Bob")


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("", ["All right.", "My dog is called Rex."]),
        ("?tableName=facts&includeEmbedding=true", ["A fact about Bob."]),
        ("?search=cat", []),
        ("?search=dog", ["My dog is called Rex."]),
    ],
)
def test_memories_are_of_ones_own_channels(bob: Client, eliza: Someone, query: str, texts: list[str]) -> None:
    answer = bob.get(f"/api/agents/{eliza.id}/memories{query}")

    assert _texts(answer.json) == texts
    assert answer.headers["X-Total-Count"] == str(len(texts))


def test_pages_and_their_total_are_ones_own(bob: Client, eliza: Someone) -> None:
    path = f"/api/memory/{eliza.id}/memories?limit=1"

    first = bob.get(path)
    second = bob.get(f"{path}&cursor={first.headers['X-Next-Cursor']}")

    assert [*_texts(first.json), *_texts(second.json)] == ["All right.", "My dog is called Rex."]
    assert first.headers["X-Total-Count"] == second.headers["X-Total-Count"] == "2"
    assert "X-Next-Cursor" not in second.headers


@pytest.mark.parametrize("place", ["roomId", "channelId"])
def test_a_place_of_others_is_as_empty_as_one_that_nobody_knows(
    bob: Client, eliza: Someone, adas: Room, place: str
) -> None:
    theirs = eliza.room_of(adas) if place == "roomId" else adas.id
    path = f"/api/agents/{eliza.id}/memories?{place}="

    hidden, missing = bob.get(f"{path}{theirs}"), bob.get(f"{path}{id_of('nowhere')}")

    assert (hidden.json, hidden.headers["X-Total-Count"]) == (missing.json, "0")
    assert hidden.json["data"]["memories"] == []


@pytest.mark.parametrize("below", ["", "/memories", "/memories?tableName=facts"])
@pytest.mark.parametrize("under", ["memory", "agents"])
def test_a_room_of_others_is_not_there(
    bob: Client, eliza: Someone, adas: Room, bobs: Room, under: str, below: str
) -> None:
    path = f"/api/{under}/{eliza.id}/rooms/{{}}{below}"

    require_hidden(bob, path, eliza.room_of(adas))
    require_hidden(bob, path, adas.id)
    assert bob.get(path.format(eliza.room_of(bobs))).status_code == 200


def test_a_room_that_only_an_agent_has_is_not_for_people(bob: Client, eliza: Someone) -> None:
    made = eliza.asked("rooms", method="POST", json={"name": "The study"}).json["data"]["id"]

    require_hidden(bob, f"/api/agents/{eliza.id}/rooms/{{}}", made)
    assert eliza.asked(f"rooms/{made}").status_code == 200


def test_rooms_are_those_of_ones_own_channels(bob: Client, eliza: Someone, bobs: Room) -> None:
    answer = bob.get(f"/api/agents/{eliza.id}/rooms")

    assert [room["channelId"] for room in answer.json["data"]["rooms"]] == [str(bobs.id)]
    assert answer.headers["X-Total-Count"] == "1"


def test_whoever_comes_to_take_part_sees_the_memories_too(eliza: Someone) -> None:
    room, carl = eliza.house.room("Dora", eliza.id), eliza.house.as_("Carl")
    room.asks("Dora", "Carl is coming.")
    path = f"/api/agents/{eliza.id}/rooms/{room.id}/memories"
    assert carl.get(path).status_code == 404

    seat = {"participants": [str(id_of("Carl"))]}
    assert eliza.house.http.post(f"/api/messaging/channels/{room.id}/participants", json=seat).status_code == 201

    assert "Carl is coming." in _texts(carl.get(path).json)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "memories"),
        ("DELETE", "memories/all/{room}"),
        ("DELETE", "memories/{memory}"),
        ("PATCH", "memories/{memory}"),
        ("DELETE", "rooms/{room}"),
        ("POST", "rooms"),
    ],
)
@pytest.mark.parametrize(
    "scopes", [None, ["memories:read", "memories:write", "files:read"]], ids=["member", "narrowed operator"]
)
def test_who_sees_their_own_alone_changes_nothing_that_is_remembered(
    eliza: Someone, bobs: Room, method: str, path: str, scopes: list[str] | None
) -> None:
    kept = eliza.kept()
    client = eliza.house.as_("Bob", "member" if scopes is None else "operator", scopes)
    place = path.format(room=bobs.id, memory=eliza.memories()[0]["id"])

    refused = client.open(f"/api/agents/{eliza.id}/{place}", method=method, json={"name": "x", "content": "y"})

    assert (refused.status_code, refused.json["error"]["code"]) == (403, "FORBIDDEN")
    assert eliza.kept() == kept


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_world_in_which_one_has_no_channel_is_not_there(eliza: Someone, method: str) -> None:
    path = f"/api/agents/{eliza.id}/worlds"
    world = eliza.house.http.post(path, json={"name": "The attic"}).json["data"]["world"]["id"]
    keeper = eliza.house.as_("Keeper", "operator", ["agents:write"])

    require_hidden(keeper, f"{path}/{{}}", world, method=method, json={"name": "Mine"})


def _texts(answer: Json) -> list[str]:
    return [one["content"]["text"] for one in answer["data"]["memories"]]
