"""Recollections over REST: what an agent remembers, looked through, corrected and deleted."""

from datetime import timedelta
from typing import Any

import pytest

from eliza.clock import milliseconds
from eliza.db import tables
from eliza.ids import new_id, unique_to
from eliza.testing.clock import NOON
from tests.house_kit import Answer, House, id_of
from tests.memory.make import kept, memory

NOBODY = id_of("nobody")


def test_an_agent_shows_what_it_remembers_newest_first(house: House) -> None:
    room = house.private("Ada", house.eliza)
    said = room.says("Ada", "Hi!")
    room.settles()

    answer = house.http.get(f"/api/memory/{house.eliza}/memories")

    reply, question = answer.json["data"]["memories"]
    assert (reply["content"]["text"], reply["entityId"]) == ("All right.", str(house.eliza))
    assert question == {
        "id": str(unique_to(house.eliza, f"{said['id']}-{house.eliza}")),
        "type": "messages",
        "createdAt": question["createdAt"],
        "content": question["content"],
        "entityId": str(id_of("Ada")),
        "agentId": str(house.eliza),
        "roomId": str(unique_to(house.eliza, room.id)),
        "unique": True,
        "metadata": question["metadata"],
    }
    assert question["content"]["text"] == "Hi!"
    assert question["createdAt"] <= reply["createdAt"]
    assert answer.headers["X-Total-Count"] == "2"


def test_both_addresses_answer_alike(house: House) -> None:
    memory(house, "rain")

    memories, agents = (house.http.get(f"/api/{place}/{house.eliza}/memories") for place in ("memory", "agents"))

    assert (memories.status_code, memories.json) == (200, agents.json)


def test_a_stopped_agent_shows_its_memories_too(house: House) -> None:
    memory(house, "rain")
    house.stop(house.eliza)

    assert _texts(house) == ["rain"]


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ({"tableName": "facts"}, ["a fact"]),
        ({"type": "facts"}, ["a fact"]),
        ({"limit": 2}, ["third", "Second"]),
        ({"limit": -1}, ["third"]),
        ({"limit": 2, "offset": 1}, ["Second", "first"]),
        ({"limit": 2, "page": 2}, ["first"]),
        ({"search": "SECOND"}, ["Second"]),
        ({"search": "%"}, []),
        ({"before": milliseconds(NOON) + 2000}, ["first"]),
        ({"from": (NOON + timedelta(seconds=2)).isoformat(), "to": milliseconds(NOON) + 2000}, ["Second"]),
    ],
    ids=lambda value: "&".join(value) if isinstance(value, dict) else "",
)
def test_a_list_is_narrowed_by_what_the_query_says(house: House, query: dict[str, Any], texts: list[str]) -> None:
    for second, text in enumerate(("first", "Second", "third"), start=1):
        memory(house, text, second=second)
    memory(house, "a fact", table="facts")

    assert _texts(house, **query) == texts


def test_a_list_is_read_to_its_end_by_cursor(house: House) -> None:
    for number in range(5):
        memory(house, str(number))  # All at the same moment.

    found: list[str] = []
    cursor = None
    while cursor or not found:
        answer = _get(house, limit=2, cursor=cursor)
        found += [one["content"]["text"] for one in answer.json["data"]["memories"]]
        cursor = answer.headers.get("X-Next-Cursor")

    assert sorted(found) == ["0", "1", "2", "3", "4"]


def test_embeddings_come_as_numbers_when_they_are_asked_for(house: House) -> None:
    memory(house, "rain", second=2, vector=(1.0, 0.0, -0.5))
    memory(house, "no vector", second=1)

    asked, unasked = (_get(house, includeEmbedding=flag).json["data"]["memories"] for flag in ("true", "false"))

    assert [one.get("embedding") for one in asked] == [[1.0, 0.0, -0.5], None]
    assert [one.get("embedding") for one in unasked] == [None, None]


def test_a_room_is_found_by_its_own_id_and_by_its_channels(house: House) -> None:
    room = house.private("Ada", house.eliza)
    room.asks("Ada", "Hi!")
    room.settles()
    memory(house, "elsewhere")
    own_id = unique_to(house.eliza, room.id)
    base = f"/api/memory/{house.eliza}"

    answers = [
        house.http.get(f"{base}/rooms/{own_id}/memories").json["data"],
        house.http.get(f"{base}/rooms/{room.id}/memories").json["data"],
        house.http.get(f"{base}/memories?roomId={own_id}").json["data"],
        house.http.get(f"{base}/memories?channelId={room.id}").json["data"],
    ]

    assert [[one["content"]["text"] for one in data["memories"]] for data in answers] == [["All right.", "Hi!"]] * 4
    assert answers[0]["data"] == answers[0]["memories"]


def test_a_channel_of_which_nothing_is_remembered_has_an_empty_list(house: House) -> None:
    room = house.private("Ada", house.eliza)

    answer = house.http.get(f"/api/memory/{house.eliza}/rooms/{room.id}/memories")

    assert (answer.status_code, answer.json["data"]["memories"]) == (200, [])


def test_a_room_shows_its_twenty_newest_unless_more_are_asked_for(house: House) -> None:
    room = house.private("Ada", house.eliza)
    for number in range(25):
        memory(house, str(number), room=unique_to(house.eliza, room.id))
    address = f"/api/memory/{house.eliza}/rooms/{room.id}/memories"

    lengths = [len(house.http.get(address + more).json["data"]["memories"]) for more in ("", "?limit=22")]

    assert lengths == [20, 22]


def test_a_memory_is_corrected_where_the_client_says_so_and_nowhere_else(house: House) -> None:
    one = memory(house, "It rains.")

    changed = _patch(house, one, content={"text": "It pours."}, roomId=str(new_id()), type="facts", id=str(new_id()))
    _patch(house, one, metadata={"tags": ["weather"]})

    [shown] = _get(house).json["data"]["memories"]
    assert (changed.status_code, changed.json["data"]["message"]) == (200, "Memory updated successfully")
    assert (shown["id"], shown["content"], shown["metadata"], shown["roomId"]) == (
        str(one),
        {"text": "It pours."},
        {"tags": ["weather"]},
        None,
    )


def test_a_text_that_changed_is_found_by_its_old_meaning_no_more(house: House) -> None:
    changed, same = memory(house, "rain", vector=(1.0, 0.0)), memory(house, "sun", vector=(0.0, 1.0))

    _patch(house, changed, content="snow")
    _patch(house, same, content={"text": "sun", "thought": "warm"})

    shown = {
        one["content"]["text"]: one.get("embedding")
        for one in _get(house, includeEmbedding=True).json["data"]["memories"]
    }
    assert shown == {"snow": None, "sun": [0.0, 1.0]}


def test_a_vector_that_is_given_is_kept_at_length_one(house: House) -> None:
    one = memory(house, "rain", vector=(1.0, 0.0))

    _patch(house, one, embedding=[3, 4, 0])

    [shown] = _get(house, includeEmbedding=True).json["data"]["memories"]
    assert shown["embedding"] == pytest.approx([0.6, 0.8, 0])


def test_one_memory_is_deleted_with_its_embedding(house: House) -> None:
    memory(house, "sun")
    one = memory(house, "rain", vector=(1.0, 0.0))

    answer = house.http.delete(f"/api/agents/{house.eliza}/memories/{one}")

    assert (answer.status_code, _texts(house)) == (200, ["sun"])
    with house.server.database.read():
        assert list(tables.Embedding.select()) == []


def test_a_room_is_forgotten_by_either_id_and_the_rest_is_not(house: House) -> None:
    rooms = [house.private(person, house.eliza) for person in ("Ada", "Bob", "Eve")]
    for number, room in enumerate(rooms):
        memory(house, f"message {number}", room=unique_to(house.eliza, room.id))
        memory(house, f"fact {number}", room=unique_to(house.eliza, room.id), table="facts")

    by_channel = house.http.delete(f"/api/memory/{house.eliza}/memories/all/{rooms[0].id}")
    rooms[1].asks("Bob", "Hi!")  # Only now the agent has a room of its own for the channel.
    rooms[1].settles()
    by_room = house.http.delete(f"/api/memory/{house.eliza}/memories/all/{unique_to(house.eliza, rooms[1].id)}")

    assert (by_channel.status_code, by_channel.text, by_room.status_code) == (204, "", 204)
    assert kept(house) == ["fact 2", "message 2"]


def test_everything_is_forgotten_and_counted_and_other_agents_forget_nothing(house: House) -> None:
    memory(house, "rain")
    memory(house, "a fact", table="facts")
    memory(house, "of another", agent=house.agent("Alpha"))

    answer = house.http.delete(f"/api/memory/{house.eliza}/memories")

    assert (answer.status_code, answer.json["data"]["deleted"], kept(house)) == (200, 2, ["of another"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "{nobody}/memories"),
        ("DELETE", "{nobody}/memories"),
        ("GET", "{nobody}/rooms/{room}/memories"),
        ("GET", "{eliza}/rooms/{nobody}/memories"),
        ("DELETE", "{eliza}/memories/all/{nobody}"),
        ("PATCH", "{eliza}/memories/{nobody}"),
        ("DELETE", "{eliza}/memories/{nobody}"),
        ("PATCH", "{eliza}/memories/{of_another}"),
        ("DELETE", "{eliza}/memories/{of_another}"),
    ],
)
def test_what_is_not_there_is_not_found(lasting_house: House, method: str, path: str) -> None:
    house = lasting_house
    another = id_of("Another") if _is_there(house, "Another") else house.agent("Another")
    ids = {
        "nobody": NOBODY,
        "eliza": house.eliza,
        "room": house.private("Ada", house.eliza).id,
        "of_another": memory(house, "of another", agent=another),
    }

    answer = house.http.open(f"/api/memory/{path.format(**ids)}", method=method, json={"content": "x"})

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": 7}, "content"),
        ({"metadata": "x"}, "metadata"),
        ({"embedding": []}, "embedding"),
        ({"embedding": ["x"]}, "embedding"),
    ],
)
def test_a_correction_that_cannot_be_kept_is_refused_by_name(
    lasting_house: House, body: dict[str, Any], field: str
) -> None:
    answer = _patch(lasting_house, memory(lasting_house, "rain"), **body)

    assert answer.status_code == 400
    assert answer.json["error"]["message"].startswith(field)


def _is_there(house: House, name: str) -> bool:
    return house.http.get(f"/api/agents/{id_of(name)}").status_code == 200


def _get(house: House, **query: Any) -> Answer:
    return house.http.get(f"/api/memory/{house.eliza}/memories", query_string={k: v for k, v in query.items() if v})


def _texts(house: House, **query: Any) -> list[str]:
    answer = house.http.get(f"/api/memory/{house.eliza}/memories", query_string=query)
    assert answer.status_code == 200, answer.text
    return [one["content"]["text"] for one in answer.json["data"]["memories"]]


def _patch(house: House, memory_id: object, **body: Any) -> Answer:
    return house.http.patch(f"/api/memory/{house.eliza}/memories/{memory_id}", json=body)
