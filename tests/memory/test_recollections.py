"""Recollections over REST: what an agent remembers, looked through, corrected and deleted."""

from datetime import timedelta
from typing import Any

import pytest

from eliza.clock import milliseconds
from eliza.db import tables
from eliza.ids import new_id, unique_to
from eliza.testing.clock import NOON
from tests.house_kit import House, id_of
from tests.memory.make import Someone

NOBODY = id_of("nobody")


def test_an_agent_shows_what_it_remembers_newest_first(agent: Someone) -> None:
    room = agent.talks("Ada")

    answer = agent.asked("memories")

    reply, question = answer.json["data"]["memories"]
    said = room.messages()[1]
    assert (reply["content"]["text"], reply["entityId"]) == ("All right.", str(agent.id))
    assert question == {
        "id": str(unique_to(agent.id, f"{said['id']}-{agent.id}")),
        "type": "messages",
        "createdAt": question["createdAt"],
        "content": question["content"],
        "entityId": str(id_of("Ada")),
        "agentId": str(agent.id),
        "roomId": str(agent.room_of(room)),
        "unique": True,
        "metadata": question["metadata"],
    }
    assert question["content"]["text"] == "Hi!"
    assert question["createdAt"] < reply["createdAt"]
    assert answer.headers["X-Total-Count"] == "2"


def test_both_addresses_answer_alike(agent: Someone) -> None:
    agent.remembers("rain")

    memory, agents = (agent.asked("memories", under=under) for under in ("memory", "agents"))

    assert (memory.status_code, memory.json) == (200, agents.json)


def test_a_stopped_agent_shows_its_memories_too(agent: Someone) -> None:
    agent.remembers("rain")
    agent.house.stop(agent.id)

    assert agent.texts() == ["rain"]


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ({"tableName": "facts"}, ["a fact"]),
        ({"type": "facts"}, ["a fact"]),
        ({"limit": 2}, ["third", "Second"]),
        ({"limit": -1}, ["third"]),
        ({"limit": 2, "offset": 1}, ["Second", "first"]),
        ({"limit": 2, "page": 2}, ["first"]),
        ({"limit": 1000, "page": 10**30}, []),
        ({"search": "SECOND"}, ["Second"]),
        ({"search": "%"}, []),
        ({"before": milliseconds(NOON) + 2000}, ["first"]),
        ({"from": (NOON + timedelta(seconds=2)).isoformat(), "to": milliseconds(NOON) + 2000}, ["Second"]),
    ],
    ids=lambda value: "&".join(value) if isinstance(value, dict) else "",
)
def test_a_list_is_narrowed_by_what_the_query_says(agent: Someone, query: dict[str, Any], texts: list[str]) -> None:
    for second, text in enumerate(("first", "Second", "third"), start=1):
        agent.remembers(text, second=second)
    agent.remembers("a fact", table="facts")

    assert agent.texts(**query) == texts


def test_a_list_is_read_to_its_end_by_cursor(agent: Someone) -> None:
    for number in range(5):
        agent.remembers(str(number))  # All at the same moment.

    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while "cursor" in query or not found:
        answer = agent.asked("memories", query_string=query)
        found += [one["content"]["text"] for one in answer.json["data"]["memories"]]
        query = {"limit": 2} | ({"cursor": token} if (token := answer.headers.get("X-Next-Cursor")) else {})

    assert sorted(found) == ["0", "1", "2", "3", "4"]


def test_embeddings_come_as_numbers_when_they_are_asked_for(agent: Someone) -> None:
    agent.remembers("rain", second=2, vector=(1.0, 0.0, -0.5))
    agent.remembers("no vector", second=1)

    asked, unasked = (agent.memories(includeEmbedding=flag) for flag in ("true", "false"))

    assert [one.get("embedding") for one in asked] == [[1.0, 0.0, -0.5], None]
    assert [one.get("embedding") for one in unasked] == [None, None]


def test_a_room_is_found_by_its_own_id_and_by_its_channels(agent: Someone) -> None:
    channel = agent.talks("Ada")
    agent.remembers("elsewhere")
    own_id = agent.room_of(channel)

    lists = [
        agent.texts(f"rooms/{own_id}/memories"),
        agent.texts(f"rooms/{channel.id}/memories"),
        agent.texts(roomId=own_id),
        agent.texts(channelId=channel.id),
    ]

    assert lists == [["All right.", "Hi!"]] * 4


def test_the_list_of_a_room_stands_where_either_method_of_the_client_looks(agent: Someone) -> None:
    channel = agent.talks("Ada")

    found = agent.asked(f"rooms/{channel.id}/memories").json["data"]

    assert (len(found["data"]), found["data"], found["success"]) == (2, found["memories"], True)


def test_a_channel_of_which_nothing_is_remembered_has_an_empty_list(agent: Someone) -> None:
    channel = agent.house.private("Ada", agent.id)

    assert agent.memories(f"rooms/{channel.id}/memories") == []


def test_a_room_shows_its_twenty_newest_unless_more_are_asked_for(agent: Someone) -> None:
    channel = agent.house.private("Ada", agent.id)
    for number in range(25):
        agent.remembers(str(number), room=agent.room_of(channel))

    lengths = [len(agent.memories(f"rooms/{channel.id}/memories", **query)) for query in ({}, {"limit": 22})]

    assert lengths == [20, 22]


def test_a_memory_is_corrected_where_the_client_says_so_and_nowhere_else(agent: Someone) -> None:
    one = agent.remembers("It rains.")

    changed = agent.corrects(one, content={"text": "It pours."}, roomId=str(new_id()), type="facts", id=str(new_id()))
    agent.corrects(one, metadata={"tags": ["weather"]})

    [shown] = agent.memories()
    assert (changed.status_code, changed.json["data"]["message"]) == (200, "Memory updated successfully")
    assert (shown["id"], shown["content"], shown["metadata"], shown["roomId"]) == (
        str(one),
        {"text": "It pours."},
        {"tags": ["weather"]},
        None,
    )


def test_a_text_that_changed_is_found_by_its_old_meaning_no_more(agent: Someone) -> None:
    changed, same = agent.remembers("rain", vector=(1.0, 0.0)), agent.remembers("sun", vector=(0.0, 1.0))

    agent.corrects(changed, content="snow")
    agent.corrects(same, content={"text": "sun", "thought": "warm"})

    shown = {one["content"]["text"]: one.get("embedding") for one in agent.memories(includeEmbedding=True)}
    assert shown == {"snow": None, "sun": [0.0, 1.0]}


def test_a_vector_that_is_given_is_kept_at_length_one(agent: Someone) -> None:
    one = agent.remembers("rain", vector=(1.0, 0.0))

    agent.corrects(one, embedding=[3, 4, 0])

    assert agent.memories(includeEmbedding=True)[0]["embedding"] == pytest.approx([0.6, 0.8, 0])


def test_one_memory_is_deleted_with_its_embedding(agent: Someone) -> None:
    one, _ = agent.remembers("rain", vector=(1.0, 0.0)), agent.remembers("sun")

    answer = agent.asked(f"memories/{one}", method="DELETE", under="agents")

    assert (answer.status_code, agent.kept()) == (200, ["sun"])
    with agent.house.server.database.read():
        assert list(tables.Embedding.select().where(tables.Embedding.memory == one)) == []


def test_a_room_is_forgotten_by_either_id_and_the_rest_is_not(agent: Someone) -> None:
    unspoken = agent.house.private("Ada", agent.id)
    spoken, other = agent.talks("Bob"), agent.talks("Eve", "Ho!")
    for channel in (unspoken, spoken, other):
        agent.remembers("a fact", table="facts", room=agent.room_of(channel))

    by_channel = agent.asked(f"memories/all/{unspoken.id}", method="DELETE")
    by_room = agent.asked(f"memories/all/{agent.room_of(spoken)}", method="DELETE")

    assert (by_channel.status_code, by_channel.text, by_room.status_code) == (204, "", 204)
    assert agent.kept() == ["All right.", "Ho!", "a fact"]


def test_everything_is_forgotten_and_counted_and_other_agents_forget_nothing(agent: Someone, other: Someone) -> None:
    agent.remembers("rain")
    agent.remembers("a fact", table="facts")
    other.remembers("of another")

    answer = agent.asked("memories", method="DELETE")

    assert (answer.status_code, answer.json["data"]["deleted"]) == (200, 2)
    assert (agent.kept(), other.kept()) == ([], ["of another"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "{nobody}/memories"),
        ("DELETE", "{nobody}/memories"),
        ("GET", "{nobody}/rooms/{nobody}/memories"),
        ("GET", "{agent}/rooms/{nobody}/memories"),
        ("DELETE", "{agent}/memories/all/{nobody}"),
        ("PATCH", "{agent}/memories/{nobody}"),
        ("DELETE", "{agent}/memories/{nobody}"),
        ("PATCH", "{agent}/memories/{of_another}"),
        ("DELETE", "{agent}/memories/{of_another}"),
    ],
)
def test_what_is_not_there_is_not_found(agent: Someone, other: Someone, method: str, path: str) -> None:
    named = path.format(nobody=NOBODY, agent=agent.id, of_another=other.remembers("of another"))

    answer = agent.house.http.open(f"/api/memory/{named}", method=method, json={"content": "x"})

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
    agent = Someone(lasting_house, lasting_house.eliza)

    refused = agent.corrects(agent.remembers("rain"), **body)

    assert refused.status_code == 400
    assert refused.json["error"]["message"].startswith(field)
