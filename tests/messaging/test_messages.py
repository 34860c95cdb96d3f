"""Messages: what is stored when somebody says something, and how it is read again."""

from typing import Any

import pytest
from gevent.event import Event

from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from tests.house_kit import House, Room, at_once, frames
from tests.services.waiting import eventually

ADA, BOB, NOBODY = (str(to_uuid(name)) for name in ("Ada", "Bob", "nobody"))


def test_a_message_is_told_as_elizaos_tells_it(house: House) -> None:
    room = house.room("Ada", "Bob")

    said = room.says("Ada", "Hi!", metadata={"mood": "good"}, raw_message={"attachments": [{"url": "/a.png"}]})

    assert {key: said[key] for key in said if key not in {"id", "created_at"}} == {
        "channel_id": str(room.id),
        "message_server_id": str(DEFAULT_MESSAGE_SERVER),
        "author_id": ADA,
        "content": "Hi!",
        "seq": 1,
        "source_type": "eliza_gui",
        "raw_message": {"attachments": [{"url": "/a.png"}]},
        "metadata": {"mood": "good"},
    }
    [listed] = room.messages()
    assert {key: listed[key] for key in listed if key not in {"createdAt", "updatedAt", "updated_at"}} == {
        "id": said["id"],
        "channelId": str(room.id),
        "authorId": ADA,
        "content": "Hi!",
        "rawMessage": {"attachments": [{"url": "/a.png"}]},
        "sourceType": "eliza_gui",
        "metadata": {"attachments": [{"url": "/a.png"}], "isAgent": False, "mood": "good"},
        "inReplyToRootMessageId": None,
        "seq": 1,
        "created_at": said["created_at"],
    }


def test_nobody_passes_for_an_agent_or_for_somebody_else(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")

    room.says("Ada", "I am Eliza", metadata={"isAgent": True, "authorDisplayName": "Eliza"})
    room.says("Ada", "Me too", author_display_name="Ada", metadata={"isAgent": True, "authorDisplayName": "Eliza"})

    latest, first = room.messages()
    assert (first["metadata"]["isAgent"], latest["metadata"]["isAgent"]) == (False, False)
    assert latest["metadata"]["authorDisplayName"] == "Ada"


def test_the_newest_comes_first(house: House) -> None:
    room = house.room("Ada", "Bob")
    for text in ("one", "two", "three"):
        room.says("Ada", text)

    assert [message["content"] for message in room.messages()] == ["three", "two", "one"]
    assert [message["content"] for message in room.messages(limit=2)] == ["three", "two"]


def test_a_reply_names_what_it_replies_to(house: House) -> None:
    room = house.room("Ada", "Bob")
    first = room.says("Ada", "Tea?")

    room.says("Bob", "Yes.", in_reply_to_message_id=first["id"])

    assert room.messages()[0]["inReplyToRootMessageId"] == first["id"]


def test_a_message_may_be_nothing_but_an_attachment(house: House) -> None:
    room = house.room("Ada", "Bob")

    room.says("Ada", "", raw_message={"attachments": [{"url": "/a.png"}]})

    assert room.history() == [""]


def test_the_header_says_who_writes_when_the_body_does_not(house: House) -> None:
    room = house.room("Ada", "Bob")

    said = house.http.post(room.url, json={"content": "Hi!"}, headers={"X-Entity-Id": ADA})

    assert said.json["userMessage"]["author_id"] == ADA


@pytest.mark.parametrize(
    "text", ["\U0001f980 and é and 日本", "<script>alert(1)</script>", "a\r\n\tb  ", "a \\u0000 in words"], ids=ascii
)
def test_any_text_comes_back_as_it_went_in(house: House, text: str) -> None:
    room = house.room("Ada", "Bob")

    room.says("Ada", text, metadata={"echo": text})

    [listed] = room.messages()
    assert (listed["content"], listed["metadata"]["echo"]) == (text, text)


# Channels nobody made


def test_a_channel_nobody_made_is_made_for_the_one_it_is_for(house: House) -> None:
    room = Room(house, to_uuid("new"))

    room.says("Ada", "Hi!", metadata={"targetAgentId": str(house.eliza), "isDm": True})

    channel = house.http.get(f"/api/messaging/channels/{room.id}/details").json["data"]
    assert (channel["type"], channel["name"], channel["sourceType"]) == ("DM", f"DM {str(room.id)[:8]}", "auto_created")
    room.settles()
    assert room.history() == ["Hi!", "All right."]


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ({"targetUserId": BOB}, "GROUP"),
        ({"recipientId": BOB, "channelType": "DM"}, "DM"),
        ({"targetUserId": BOB, "channel_type": "DM"}, "DM"),
        ({"targetUserId": BOB, "isDm": True}, "DM"),
    ],
)
def test_a_channel_nobody_made_is_of_the_kind_the_message_says(
    small_house: House, metadata: dict[str, Any], kind: str
) -> None:
    channel_id = to_uuid("new")

    small_house.http.post(
        f"/api/messaging/channels/{channel_id}/messages",
        json={"author_id": ADA, "content": "Hi!", "metadata": metadata},
    )

    channel = small_house.server.get_channel_details(channel_id)
    people = small_house.http.get(f"/api/messaging/channels/{channel_id}/participants").json["data"]
    assert (channel.type, sorted(people)) == (kind, sorted([ADA, BOB]))


def test_ten_first_messages_at_once_make_one_channel(house: House) -> None:
    room = Room(house, to_uuid("new"))
    metadata = {"targetUserId": BOB}

    at_once(*(lambda number=number: room.says("Ada", f"{number}", metadata=metadata) for number in range(10)))

    assert sorted(room.history()) == [str(number) for number in range(10)]
    assert sorted(message["seq"] for message in room.messages()) == list(range(1, 11))


@pytest.mark.parametrize("transport", ["websocket", "http", "sse"])
def test_where_nobody_is_nothing_is_said(house: House, transport: str) -> None:
    alone = house.room("Ada")
    nowhere = Room(house, to_uuid("new"))

    refusals = [room.post("Ada", "Anybody?", transport=transport) for room in (alone, nowhere)]

    assert [(refused.status_code, refused.json["code"]) for refused in refusals] == [(400, "NO_RECIPIENT")] * 2
    assert (alone.history(), nowhere.history()) == ([], [])
    assert house.http.get(f"/api/messaging/channels/{nowhere.id}/details").status_code == 404


def test_an_empty_first_message_makes_no_channel(house: House) -> None:
    nowhere = Room(house, to_uuid("new"))

    refused = nowhere.post("Ada", "", metadata={"targetUserId": BOB})

    assert refused.status_code == 400
    assert house.http.get(f"/api/messaging/channels/{nowhere.id}/details").status_code == 404


# Deleting


def test_a_deleted_message_is_gone_and_the_others_keep_their_places(house: House) -> None:
    room = house.room("Ada", "Bob")
    one, two, three = (room.says("Ada", text) for text in ("one", "two", "three"))

    deleted = house.http.delete(f"{room.url}/{two['id']}")
    again = house.http.delete(f"{room.url}/{two['id']}")
    four = room.says("Ada", "four")

    assert (deleted.status_code, again.status_code) == (204, 404)
    assert room.history() == ["one", "three", "four"]
    assert (one["seq"], three["seq"], four["seq"]) == (1, 3, 4)


def test_a_message_is_deleted_in_its_own_channel_only(house: House) -> None:
    room, other = house.room("Ada", "Bob"), house.room("Ada", "Bob")
    said = room.says("Ada", "Hi!")

    refused = house.http.delete(f"{other.url}/{said['id']}")

    assert refused.status_code == 404
    assert room.history() == ["Hi!"]


def test_a_cleared_channel_is_empty_and_goes_on(house: House) -> None:
    room = house.room("Ada", "Bob")
    for text in ("one", "two"):
        room.says("Ada", text)

    cleared = house.http.delete(room.url)
    room.says("Ada", "three")

    assert cleared.status_code == 204
    assert [(message["content"], message["seq"]) for message in room.messages()] == [("three", 3)]


def test_the_answer_to_a_deleted_question_is_not_given(house: House) -> None:
    house.model.gate = Event()
    room = house.private("Ada", house.eliza)
    said = room.says("Ada", "Never mind.")
    eventually(lambda: house.model.prompts)

    house.http.delete(f"{room.url}/{said['id']}")
    house.model.gate.set()
    room.says("Ada", "Hi!")

    room.settles()
    assert room.history() == ["Hi!", "All right."]


def test_the_older_names_of_the_routes_do_the_same(house: House) -> None:
    room = house.room("Ada", "Bob")
    older = room.url.replace("/channels/", "/central-channels/")

    said = house.http.post(older, json={"author_id": ADA, "content": "Hi!"}).json["userMessage"]
    listed = house.http.get(older).json["data"]["messages"]
    deleted = house.http.delete(f"{older}/{said['id']}")

    assert [message["id"] for message in listed] == [said["id"]]
    assert deleted.status_code == 204
    assert room.history() == []


def test_an_sse_answer_begins_with_the_message_itself(house: House) -> None:
    room = house.room("Ada", "Bob")

    told = frames(room.post("Ada", "Hi!", transport="sse"))

    assert [name for name, _ in told] == ["user_message", "done"]
    assert told[0][1]["id"] == room.messages()[0]["id"]
