"""Refusals of messaging: what cannot be, said by the name of the field and stored nowhere."""

from typing import Any

import pytest

from eliza.ids import to_uuid
from tests.house_kit import House

ADA, BOB, NOBODY = (str(to_uuid(name)) for name in ("Ada", "Bob", "nobody"))
CHANNELS = "/api/messaging/channels"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"author_id": ADA}, "content must not be empty"),
        ({"author_id": ADA, "content": "  \n"}, "content must not be empty"),
        ({"author_id": ADA, "content": {"text": "Hi!"}}, "content: "),
        ({"author_id": ADA, "content": "x" * 100_001}, "content: "),
        ({"author_id": "Ada", "content": "Hi!"}, "author_id: "),
        ({"content": "Hi!"}, "author_id: "),
        ({"author_id": ADA, "content": "Hi!", "message_server_id": "here"}, "message_server_id: "),
        ({"author_id": ADA, "content": "Hi!", "metadata": "none"}, "metadata: "),
        ({"author_id": ADA, "content": "Hi!", "raw_message": []}, "raw_message: "),
        ({"author_id": ADA, "content": "Hi!", "in_reply_to_message_id": "it"}, "in_reply_to_message_id: "),
        ({"author_id": ADA, "content": "Hi!", "messageId": "mine"}, "messageId: "),
        ({"author_id": ADA, "content": "Hi!", "transport": "pigeon"}, "transport: "),
        ({"author_id": ADA, "content": "Hi!", "mode": "pigeon"}, "mode: "),
        ({"author_id": ADA, "content": "Hi!", "mode": {}}, "mode: "),
        ({"author_id": ADA, "content": "Hi!", "transport": []}, "transport: "),
        ({"author_id": ADA, "content": "Hi!", "transport": 7}, "transport: "),
        ({"author_id": ADA, "content": "NUL \0"}, "body: must not contain NUL"),
        ({"author_id": ADA, "content": "Hi!", "metadata": {"deep": [{"\0": 1}]}}, "body: must not contain NUL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_message_that_cannot_be_is_refused_and_not_stored(
    lasting_house: House, body: dict[str, Any], complaint: str
) -> None:
    room = lasting_house.room("Ada", "Bob")

    refused = lasting_house.http.post(room.url, json=body)

    assert refused.status_code == 400
    assert refused.json["success"] is False
    assert refused.json["error"].startswith(complaint)
    assert room.history() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": " \t"}, "name"),
        ({"name": 7}, "name"),
        ({"name": "Tea", "participantCentralUserIds": ["Ada"]}, "participantCentralUserIds"),
        ({"name": "Tea", "participantCentralUserIds": ADA}, "participantCentralUserIds"),
        ({"name": "Tea", "message_server_id": "here"}, "message_server_id"),
        ({"name": "Tea", "type": "not a type"}, "type"),
        ({"name": "Tea", "metadata": []}, "metadata"),
    ],
)
def test_a_channel_that_cannot_be_is_refused_by_the_name_of_the_field(
    lasting_house: House, body: dict[str, Any], field: str
) -> None:
    refused = lasting_house.http.post(CHANNELS, json=body)

    assert refused.status_code == 400
    assert refused.json["success"] is False
    assert refused.json["error"].startswith(field)


@pytest.mark.parametrize(
    "query",
    ["", f"currentUserId={ADA}", f"currentUserId={ADA}&targetUserId={ADA}", f"currentUserId={ADA}&targetUserId=Bob"],
    ids=["nobody", "one", "oneself", "no id"],
)
def test_a_direct_channel_needs_two(lasting_house: House, query: str) -> None:
    assert lasting_house.http.get(f"/api/messaging/dm-channel?{query}").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "details", None),
        ("PATCH", "", {"name": "Tea"}),
        ("POST", "agents", {"agentId": BOB}),
        ("DELETE", f"agents/{BOB}", None),
    ],
)
def test_a_channel_that_is_not_there_is_said_to_be_missing(
    lasting_house: House, method: str, path: str, body: object
) -> None:
    missing = lasting_house.http.open(f"{CHANNELS}/{NOBODY}/{path}".rstrip("/"), method=method, json=body)

    assert missing.status_code == 404
    assert missing.json == {
        "success": False,
        "error": f"Channel {NOBODY} not found",
        "message": f"Channel {NOBODY} not found",
        "code": "NOT_FOUND",
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "channels/x/details"),
        ("GET", "channels/x/participants"),
        ("GET", "channels/x/agents"),
        ("POST", "channels/x/agents"),
        ("DELETE", f"channels/x/agents/{BOB}"),
        ("DELETE", f"channels/{BOB}/agents/x"),
        ("PATCH", "channels/x"),
        ("DELETE", "channels/x"),
        ("GET", "channels/x/messages"),
        ("POST", "channels/x/messages"),
        ("DELETE", "channels/x/messages"),
        ("DELETE", f"channels/{BOB}/messages/x"),
        ("GET", "message-servers/x/agents"),
        ("POST", "message-servers/x/agents"),
        ("DELETE", f"message-servers/x/agents/{BOB}"),
        ("GET", "message-servers/x/channels"),
        ("GET", "agents/x/message-servers"),
    ],
)
def test_what_is_no_id_is_refused_everywhere(lasting_house: House, method: str, path: str) -> None:
    body = {"agentId": BOB, "content": "Hi!", "author_id": ADA} if method in {"POST", "PATCH"} else None

    refused = lasting_house.http.open(f"/api/messaging/{path}", method=method, json=body)

    assert (refused.status_code, refused.json["code"]) == (400, "INVALID_ID")


@pytest.mark.parametrize("body", [{}, {"name": "Mill"}, {"sourceType": "test"}, {"name": " ", "sourceType": "test"}])
def test_a_server_needs_a_name_and_a_source(lasting_house: House, body: dict[str, str]) -> None:
    assert lasting_house.http.post("/api/messaging/message-servers", json=body).status_code == 400


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "many"}, "limit"),
        ({"before": "yesterday"}, "before"),
        ({"before": "²"}, "before"),
        ({"before": "2026-13-01"}, "before"),
        ({"after_seq": "x"}, "after_seq"),
        ({"before_seq": "1.5"}, "before_seq"),
        ({"before_seq": "-1"}, "before_seq"),
        ({"after_seq": "-1"}, "after_seq"),
    ],
)
def test_a_bookmark_that_is_none_is_refused_by_name(lasting_house: House, query: dict[str, Any], field: str) -> None:
    refused = lasting_house.http.get(lasting_house.room("Ada", "Bob").url, query_string=query)

    assert refused.status_code == 400
    assert refused.json["error"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    "key", ["", "k" * 201, "a\tb", "a\x01", "\x7f"], ids=["empty", "long", "tab", "control", "delete"]
)
def test_an_idempotency_key_that_is_none_is_refused_by_name(lasting_house: House, key: str) -> None:
    room = lasting_house.room("Ada", "Bob")

    refused = room.post("Ada", "Hi!", headers={"Idempotency-Key": key})

    assert refused.status_code == 400
    assert refused.json["error"].startswith("Idempotency-Key: ")
    assert room.history() == []


def test_an_idempotency_key_may_be_200_characters_long(lasting_house: House) -> None:
    room = lasting_house.room("Ada", "Bob")

    assert room.post("Ada", "Hi!", headers={"Idempotency-Key": "k" * 200}).status_code == 201
