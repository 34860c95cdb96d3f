"""Refusals over sockets: told to the one who asked, by event and by acknowledgement, and to nobody else."""

from typing import Any

import pytest

from eliza.ids import new_id, to_uuid
from tests.house_kit import House

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


def test_what_nobody_knows_is_passed_over(lasting_house: House, caplog: pytest.LogCaptureFixture) -> None:
    ada = lasting_house.socket("Ada")

    events: list[Any] = [{"type": 3, "payload": {}}, {"type": "1"}, {"type": []}, {"type": {}}, {}, None, 7, []]
    for event in events:
        ada.emits("message", event)
        ada.emits("unheard of", event)

    assert ada.joins(new_id())["ok"] is True
    assert ada.events == ["authenticated", "connection_established", "channel_joined", "room_joined"]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
