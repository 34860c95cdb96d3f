"""Reading: everybody's place in a channel goes forward, and the others hear of it."""

from typing import Any

import pytest

from eliza.ids import new_id, to_uuid
from tests.house_kit import Answer, House, Room, at_once

ADA, BOB = (str(to_uuid(name)) for name in ("Ada", "Bob"))


@pytest.fixture
def room(small_house: House) -> Room:
    return _talk(small_house)


def test_what_was_read_stays_read(house: House) -> None:
    room = _talk(house)

    marks = [_mark(room, seq=seq).json["data"]["lastReadSeq"] for seq in (2, 4, 3, 99)]

    assert marks == [2, 4, 4, 5]
    assert _states(room) == {ADA: 5, BOB: 0}


def test_marks_that_cross_each_other_leave_the_last(house: House) -> None:
    room = _talk(house)

    at_once(*(lambda seq=seq: _mark(room, seq=seq) for seq in (3, 5, 1, 4, 2)))

    assert _states(room)[ADA] == 5


def test_a_message_can_be_named_instead_of_its_number(room: Room) -> None:
    third = room.messages(after_seq=0)[2]

    marked = _mark(room, messageId=third["id"]).json["data"]

    assert marked == {"channelId": str(room.id), "userId": ADA, "lastReadSeq": 3}


def test_without_a_place_everything_is_read_by_whoever_asks(room: Room) -> None:
    path = f"/api/messaging/channels/{room.id}/read"

    marked = room.house.http.post(path, json={}, headers={"X-Entity-Id": BOB}).json["data"]

    assert (marked["userId"], marked["lastReadSeq"]) == (BOB, 5)


def test_the_room_hears_who_has_read_how_far_once(room: Room) -> None:
    bob = room.house.socket("Bob")
    bob.joins(room)

    for seq in (4, 4, 2, 5):
        _mark(room, seq=seq)

    bob.hears("messagesRead", count=2)
    channel = {"channelId": str(room.id), "roomId": str(room.id), "userId": ADA}
    assert bob.all("messagesRead") == [{**channel, "lastReadSeq": 4}, {**channel, "lastReadSeq": 5}]


def test_who_does_not_take_part_has_nothing_to_read(room: Room) -> None:
    elsewhere = room.house.room("Ada", "Bob").says("Ada", "Hi!")["id"]

    stranger = _mark(room, userId=str(new_id()), seq=1)
    nowhere = room.house.http.post(f"/api/messaging/channels/{new_id()}/mark-read", json={"userId": ADA})
    other_channel = _mark(room, messageId=elsewhere)

    assert [stranger.status_code, nowhere.status_code, other_channel.status_code] == [404, 404, 400]
    assert room.house.http.get(f"/api/messaging/channels/{new_id()}/read-state").status_code == 404


def _talk(house: House) -> Room:
    room = house.room("Ada", "Bob")
    for number in range(5):
        room.says("Bob", f"Remark {number}.")
    return room


def _mark(room: Room, **mark: Any) -> Answer:
    return room.house.http.post(f"/api/messaging/channels/{room.id}/mark-read", json={"userId": ADA, **mark})


def _states(room: Room) -> dict[str, int]:
    told = room.house.http.get(f"/api/messaging/channels/{room.id}/read-state").json["data"]
    return {reader["userId"]: reader["lastReadSeq"] for reader in told["readers"]}
