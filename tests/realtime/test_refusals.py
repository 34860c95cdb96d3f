"""Refusals over sockets: told to the one who asked, by event and by acknowledgement, and to nobody else."""

import json
from typing import Any

import pytest

from eliza.ids import new_id, to_uuid
from tests.house_kit import House
from tests.transport.peer import Peer

BOB = str(to_uuid("Bob"))


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ({}, "channelId, messageServerId, senderId and message are required"),
        (None, "channelId, messageServerId, senderId and message are required"),
        ("Hi!", "channelId, messageServerId, senderId and message are required"),
        ({"channelId": "lobby", "message": "Hi!"}, "channelId"),
        ({"channelId": str(new_id()), "message": {"text": "Hi!"}}, "message"),
        ({"channelId": str(new_id()), "message": "NUL \0"}, "the message must not contain NUL"),
        ({"channelId": str(new_id()), "message": "half \ud83d"}, "the message must not contain half a character"),
        ({"channelId": str(new_id()), "message": "Hi!", "metadata": {"\ud83d": 1}}, "the message must not contain"),
        ({"channelId": str(new_id()), "message": "Hi!", "metadata": {"n": [10**30]}}, "the message must not contain"),
        ({"channelId": str(new_id()), "message": "Hi!", "unknown": -(10**4000)}, "the message must not contain"),
        ({"channelId": str(new_id()), "message": "Hi!"}, "Channel"),
        ({"channelId": str(new_id()), "message": ""}, "content must not be empty"),
        (
            {"channelId": str(new_id()), "message": "Hi!", "senderId": str(to_uuid("Bob"))},
            "senderId must be the entityId",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_to_the_one_who_said_it(
    lasting_house: House, payload: Any, complaint: str
) -> None:
    ada, bob = lasting_house.socket("Ada"), lasting_house.socket("Bob")

    answer = ada.calls("message", {"type": 2, "payload": payload})

    assert answer["ok"] is False
    assert answer["error"].startswith(complaint)
    assert ada.hears("messageError") == {"error": answer["error"], "code": answer["code"]}
    assert bob.all("messageError") == []
    assert ada.is_connected


def test_a_join_without_a_channel_is_refused(lasting_house: House) -> None:
    ada = lasting_house.socket("Ada")

    payloads: list[Any] = [{}, None, [], {"channelId": ""}, {"channelId": 7}, {"channelId": "x", "lastSeq": -1}]
    for payload in payloads:
        answer = ada.calls("message", {"type": 1, "payload": payload})

        assert answer["ok"] is False
        assert ada.all("messageError")[-1]["error"] == answer["error"]


def test_what_a_join_cannot_hold_is_refused_by_name(lasting_house: House, caplog: pytest.LogCaptureFixture) -> None:
    ada = lasting_house.socket("Ada")

    for payload in ({"channelId": "\ud83d"}, {"channelId": "lobby", "more": [2**64]}, {"channelId": "a\0b"}):
        answer = ada.calls("message", {"type": 1, "payload": payload})

        assert (answer["ok"], answer["code"]) == (False, "VALIDATION_ERROR")
    assert _complaints(caplog) == []


@pytest.mark.parametrize("number", ["-" + "9" * 5000, "1e400", "-1e400"], ids=["long", "large", "small"])
def test_a_number_that_nothing_can_hold_is_refused_and_no_reason_to_hang_up(lasting_house: House, number: str) -> None:
    with Peer(int(lasting_house.serve().rpartition(":")[2])) as ada:
        ada.text()
        ada.send("40" + json.dumps({"entityId": str(to_uuid("Ada"))}))
        greetings = [ada.text() for _ in range(3)]
        ada.send(f'427["1",{{"channelId":"lobby","more":{number}}}]')

        told, answered = ada.text(), ada.text()

    assert len(greetings) == 3
    assert told.startswith('42["messageError"')
    assert json.loads(answered.removeprefix("437"))[0]["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("event", ["message", "1", "2", "leave"])
def test_an_event_with_more_than_it_needs_is_answered_as_without(lasting_house: House, event: str) -> None:
    ada = lasting_house.socket("Ada")
    room = lasting_house.room("Ada", "Bob")
    said = {"channelId": str(room.id), "message": "Hi!"}

    answer = ada.calls(event, ({"type": 1, "payload": said} if event == "message" else said, 5, {"x": 1}))

    assert answer["ok"] is True


def test_the_private_line_of_a_socket_is_no_room(lasting_house: House) -> None:
    ada, bob = lasting_house.socket("Ada"), lasting_house.socket("Bob")
    own, of_bob = (one.hears("connection_established")["socketId"] for one in (ada, bob))

    for event, name in (("1", of_bob), ("1", own), ("leave", own)):
        answer = ada.calls(event, {"channelId": name})

        assert (answer["ok"], answer["code"]) == (False, "VALIDATION_ERROR")
    assert len(ada.all("messageError")) == 3


def test_a_socket_is_in_so_many_rooms_and_no_more(lasting_house: House) -> None:
    ada = lasting_house.socket("Ada")
    for number in range(1000):
        ada.emits("1", {"channelId": f"room {number}"})

    refused = ada.calls("1", {"channelId": "one more"})
    again = ada.calls("1", {"channelId": "room 7"})
    ada.calls("leave", {"channelId": "room 7"})
    instead = ada.calls("1", {"channelId": "one more"})

    assert (refused["ok"], refused["code"]) == (False, "TOO_MANY_ROOMS")
    assert (again["ok"], instead["ok"]) == (True, True)


def test_what_nobody_knows_is_passed_over(lasting_house: House, caplog: pytest.LogCaptureFixture) -> None:
    ada = lasting_house.socket("Ada")

    kinds: list[Any] = [3, "1", [1], {}, True]
    events: list[Any] = [*({"type": kind, "payload": {}} for kind in kinds), {}, None, 7, []]
    for event in events:
        ada.emits("message", event)
        ada.emits("unheard of", event)

    assert ada.joins(new_id())["ok"] is True
    assert ada.events == ["authenticated", "connection_established", "channel_joined", "room_joined"]
    assert _complaints(caplog) == []


def _complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
