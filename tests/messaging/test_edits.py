"""One message: read, and changed in its place."""

import pytest

from eliza.ids import new_id
from tests.house_kit import House

MESSAGES = "/api/messaging/messages"


def test_a_message_is_found_by_its_id(small_house: House) -> None:
    room = small_house.private("Ada", small_house.eliza)
    asked = room.asks("Ada", "Hi!").json["userMessage"]

    found = small_house.http.get(f"{MESSAGES}/{asked['id']}").json["data"]

    assert (found["content"], found["channelId"], found["seq"]) == ("Hi!", str(room.id), 1)
    assert [turn["status"] for turn in found["turns"]] == ["replied"]


def test_a_changed_message_keeps_its_place_and_is_told_again(house: House) -> None:
    room = house.room("Ada", "Bob")
    message = room.says("Ada", "Helo!", metadata={"mood": "good"})
    room.says("Bob", "Hi!")
    bob = house.socket("Bob")
    bob.joins(room)

    changed = house.http.patch(f"{MESSAGES}/{message['id']}", json={"content": "Hello!"}).json["data"]

    told = bob.hears("messageBroadcast")
    assert (changed["content"], changed["seq"], changed["metadata"]["mood"]) == ("Hello!", 1, "good")
    assert (told["id"], told["text"], told["seq"], told["createdAt"]) == (
        message["id"],
        "Hello!",
        1,
        message["created_at"],
    )
    assert told["updatedAt"] >= told["createdAt"]
    assert room.history() == ["Hello!", "Hi!"]


def test_a_changed_message_is_not_answered_again(small_house: House) -> None:
    room = small_house.private("Ada", small_house.eliza)
    asked = room.asks("Ada", "Hi!").json["userMessage"]

    small_house.http.patch(f"{MESSAGES}/{asked['id']}", json={"content": "Ho!", "metadata": {"edited": True}})
    room.asks("Ada", "And now?")

    assert len(small_house.model.prompts) == 2
    assert [message["metadata"].get("edited") for message in room.messages(after_seq=0)][:2] == [True, None]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", MESSAGES), ("PATCH", MESSAGES), ("DELETE", "/api/messaging/channels/{room}/messages")]
)
def test_a_message_that_is_not_there_is_said_to_be_missing(small_house: House, method: str, path: str) -> None:
    room, missing = small_house.room("Ada", "Bob"), new_id()

    refused = small_house.http.open(f"{path.format(room=room.id)}/{missing}", method=method, json={"content": "Hi!"})

    assert (refused.status_code, refused.json["error"]) == (404, f"Message {missing} not found")


def test_a_message_is_not_changed_into_nothing(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    message = room.says("Ada", "Hi!")

    refused = small_house.http.patch(f"{MESSAGES}/{message['id']}", json={"content": "  "})

    assert (refused.status_code, refused.json["details"]) == (400, {"field": "content"})
    assert room.history() == ["Hi!"]
