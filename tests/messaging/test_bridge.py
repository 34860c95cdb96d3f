"""The bridge: agents and connectors that run elsewhere bring in what was said and done there."""

from typing import Any
from uuid import UUID

import pytest

from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id, to_uuid
from tests.house_kit import Answer, House, Room, at_once, id_of

BASE = "/api/messaging"
ADA = str(to_uuid("Ada"))
SERVER = str(DEFAULT_MESSAGE_SERVER)


def test_a_submission_is_stored_under_its_id_however_often_it_comes(house: House) -> None:
    room, message_id = house.room("Ada", "Bob"), str(new_id())
    body = _said(
        room, house.eliza, "Submitted.", messageId=message_id, raw_message={"thought": "Hm.", "actions": ["REPLY"]}
    )

    answers = at_once(*[lambda: house.http.post(f"{BASE}/submit", json=body)] * 5)

    assert [answer.status_code for answer in answers] == [201] * 5
    assert sorted("Idempotency-Replayed" in answer.headers for answer in answers) == [False, True, True, True, True]
    assert {answer.json["data"]["id"] for answer in answers} == {message_id}
    listed = room.messages()
    assert [(one["id"], one["content"], one["metadata"]["thought"]) for one in listed] == [
        (message_id, "Submitted.", "Hm.")
    ]


def test_an_id_that_another_message_has_is_refused(house: House) -> None:
    room, other = house.room("Ada", "Bob"), house.room("Ada", "Cleo")
    message_id = str(new_id())
    house.http.post(f"{BASE}/submit", json=_said(room, house.eliza, "One.", messageId=message_id))

    elsewhere = house.http.post(f"{BASE}/submit", json=_said(other, house.eliza, "One.", messageId=message_id))
    other_text = house.http.post(f"{BASE}/submit", json=_said(room, house.eliza, "Two.", messageId=message_id))

    assert (elsewhere.status_code, elsewhere.json["code"]) == (409, "MESSAGE_ID_TAKEN")
    assert (other_text.status_code, other_text.json["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert (room.history(), other.history()) == (["One."], [])


def test_the_body_of_the_official_client_is_understood(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")

    said = small_house.http.post(
        f"{BASE}/submit",
        json={
            "agentId": str(small_house.eliza),
            "channelId": str(room.id),
            "content": "It is noon.",
            "metadata": {"a": 1},
        },
    ).json["data"]

    assert (said["authorId"], said["sourceType"], said["metadata"]["a"]) == (
        str(small_house.eliza),
        "agent_response",
        1,
    )
    assert said["metadata"]["isAgent"] is True


def test_who_asks_is_the_author_when_nobody_is_named(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    body = {"channelId": str(room.id), "content": "Hi!"}

    said = small_house.http.post(f"{BASE}/submit", json=body, headers={"X-Entity-Id": ADA})
    refused = small_house.http.post(f"{BASE}/submit", json=body)

    assert said.json["data"]["authorId"] == ADA
    assert (refused.status_code, refused.json["details"]) == (400, {"field": "author_id"})


@pytest.mark.parametrize(
    ("path", "more"),
    [("submit", {}), ("action", {}), ("ingest-external", {})],
    ids=["submit", "action", "ingest-external"],
)
def test_a_channel_that_is_not_there_is_said_to_be_missing(small_house: House, path: str, more: dict[str, Any]) -> None:
    body = {"channel_id": str(new_id()), "author_id": ADA, "content": "Hi!", **more}

    refused = small_house.http.post(f"{BASE}/{path}", json=body)

    assert (refused.status_code, refused.json["code"]) == (404, "NOT_FOUND")


def test_agents_elsewhere_and_here_do_not_answer_each_other_for_ever(house: House) -> None:
    house.model.will_say(*(f"Answer {number} of mine." for number in range(40)))
    room = house.room("Ada", "Robot", house.eliza, type="DM")

    for number in range(15):
        house.http.post(f"{BASE}/submit", json=_said(room, to_uuid("Robot"), f"Remark {number} about something else."))
        room.settles()

    replies = [one for one in room.messages(limit=1000) if one["authorId"] == str(house.eliza)]
    assert 0 < len(replies) < 10


def test_a_person_who_comes_over_the_bridge_is_answered(house: House) -> None:
    house.model.will_say("Hello from here.")
    room = house.private("Ada", house.eliza)

    house.http.post(f"{BASE}/submit", json=_said(room, "Ada", "Hello from afar.", source_type="discord"))

    room.reads("Hello from afar.", "Hello from here.")


def test_an_action_is_told_as_it_goes_on_and_nobody_answers_it(house: House) -> None:
    alpha = house.agent("Alpha")
    room = house.room("Ada", house.eliza, alpha)
    ada = house.socket("Ada")
    ada.joins(room)
    raw = {
        "text": "Searching.",
        "actionId": "1",
        "actionStatus": "executing",
        "thought": "Where?",
        "actions": ["SEARCH"],
    }

    begun = house.http.post(f"{BASE}/action", json=_said(room, alpha, "Searching.", raw_message=raw))
    action = begun.json["data"]["id"]
    ended = house.http.patch(
        f"{BASE}/action/{action}", json={"content": "Found.", "rawMessage": {**raw, "actionStatus": "completed"}}
    )

    ada.hears("messageBroadcast", count=2)
    first, second = ada.all("messageBroadcast")
    assert (begun.status_code, ended.status_code, ended.json["data"]["content"]) == (201, 200, "Found.")
    assert first == {
        "id": action,
        "seq": 1,
        "senderId": str(alpha),
        "senderName": "Alpha",
        "text": "Searching.",
        "channelId": str(room.id),
        "roomId": str(room.id),
        "messageServerId": SERVER,
        "serverId": SERVER,
        "createdAt": first["createdAt"],
        "source": "agent_action",
        "isAgent": True,
        "thought": "Where?",
        "actions": ["SEARCH"],
        "updatedAt": first["createdAt"],
        "rawMessage": {"type": "agent_action", **raw},
    }
    assert {**second, "updatedAt": 0} == {
        **first,
        "text": "Found.",
        "updatedAt": 0,
        "rawMessage": {"type": "agent_action", **raw, "actionStatus": "completed"},
    }
    assert second["updatedAt"] >= first["updatedAt"]
    assert [one.get("turns") for one in room.messages()] == [None]


def test_what_is_no_action_is_not_revised_as_one(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    message = room.says("Ada", "Hi!")

    refused = [
        small_house.http.patch(f"{BASE}/action/{one}", json={"content": "Ho!"}) for one in (message["id"], new_id())
    ]

    assert [answer.status_code for answer in refused] == [404, 404]
    assert room.history() == ["Hi!"]


def test_what_was_said_elsewhere_is_taken_in_and_answered(house: House) -> None:
    house.model.will_say("Hello from here.")
    room = house.room("Ada", house.eliza, type="DM")
    body = _said(room, "Ada", "Hello from afar.", source_type="discord", source_id="d-1", author_display_name="Ada L.")

    answers = [house.http.post(f"{BASE}/ingest-external", json=body) for _ in range(2)]

    first = room.messages(after_seq=0)[0]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.json["data"]["messageId"] for answer in answers] == [first["id"]] * 2
    assert (first["sourceType"], first["sourceId"], first["metadata"]["authorDisplayName"]) == (
        "discord",
        "d-1",
        "Ada L.",
    )
    room.reads("Hello from afar.", "Hello from here.")


def test_many_messages_are_taken_in_together_or_not_at_all(house: House) -> None:
    room = house.room("Ada", "Bob")

    taken = _ingest(house, room, ("1", "Ada", "one"), ("2", "4711", "two"))
    refused = _ingest(house, room, ("3", "Ada", "three"), ("1", "Ada", "not one"))

    assert (taken.json["data"]["processed"], len(taken.json["data"]["messageIds"])) == (2, 2)
    assert (refused.status_code, refused.json["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert room.history() == ["one", "two"]
    assert room.messages()[0]["authorId"] == str(to_uuid("discord:4711"))


def test_the_end_of_work_elsewhere_is_told(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    message = room.says("Ada", "Hi!")
    ada = small_house.socket("Ada")
    ada.joins(room)
    channel = {"channelId": str(room.id), "roomId": str(room.id)}

    by_message = small_house.http.post(f"{BASE}/complete", json={"messageId": message["id"], "status": "completed"})
    by_channel = small_house.http.post(f"{BASE}/complete", json={"channel_id": str(room.id), "server_id": SERVER})

    ada.hears("messageComplete", count=2)
    assert ada.all("messageComplete") == [{**channel, "messageId": message["id"]}, channel]
    assert by_message.json["data"] == {"channelId": str(room.id), "messageId": message["id"], "status": "completed"}
    assert by_channel.json["data"] == {"channelId": str(room.id), "status": "completed"}


@pytest.mark.parametrize(
    ("body", "status"),
    [({"messageId": str(new_id())}, 404), ({"channelId": str(new_id())}, 404), ({"status": "completed"}, 400)],
    ids=["unknown message", "unknown channel", "nothing named"],
)
def test_nothing_unknown_is_complete(small_house: House, body: dict[str, str], status: int) -> None:
    assert small_house.http.post(f"{BASE}/complete", json=body).status_code == status


def _said(room: Room, who: str | UUID, text: str, **more: Any) -> dict[str, Any]:
    said = {"channel_id": str(room.id), "message_server_id": SERVER, "author_id": str(id_of(who)), "content": text}
    return {**said, **more}


def _ingest(house: House, room: Room, *said: tuple[str, str, str]) -> Answer:
    messages = [
        {"id": source_id, "authorId": str(to_uuid(who)) if who == "Ada" else who, "content": text}
        for source_id, who, text in said
    ]
    body = {"platform": "discord", "channelId": str(room.id), "messages": messages}
    return house.http.post(f"{BASE}/ingest-external", json=body)
