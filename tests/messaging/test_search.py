"""Search: messages found again by what they say, where, by whom and when."""

from typing import Any

import pytest

from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id, to_uuid
from tests.house_kit import Answer, House, Room


@pytest.fixture
def kitchen(house: House) -> Room:
    room = house.room("Ada", "Bob")
    for who, text in [
        ("Ada", "The KETTLE boils."),
        ("Bob", "100% of it?"),
        ("Ada", "100 of them."),
        ("Bob", "Über alles."),
    ]:
        room.says(who, text)
    return room


def test_messages_are_found_by_their_words_as_they_stand(kitchen: Room) -> None:
    wanted = {
        "kettle": ["The KETTLE boils."],
        "100%": ["100% of it?"],
        "100_": [],
        "\\": [],
        "Über": ["Über alles."],
        "of": ["100 of them.", "100% of it?"],
        "": ["Über alles.", "100 of them.", "100% of it?", "The KETTLE boils."],
    }

    assert {query: _texts(_search(kitchen, query=query)) for query in wanted} == wanted


def test_letters_beyond_ascii_come_in_two_sizes_too(small_house: House) -> None:  # In Postgres, its locale decides.
    room = small_house.room("Ada", "Bob")
    room.says("Ada", "Über alles.")

    assert [_texts(_search(room, query=query)) for query in ("über", "ÜBER ALLES")] == [["Über alles."]] * 2


def test_each_condition_narrows_the_search(kitchen: Room) -> None:
    house, second = kitchen.house, kitchen.messages(after_seq=0)[1]
    elsewhere = house.room("Ada", "Bob")
    elsewhere.says("Ada", "of another room")

    assert _texts(_search(kitchen, query="of", authorId=str(to_uuid("Ada")))) == ["of another room", "100 of them."]
    assert _texts(_search(kitchen, query="of", channelId=str(elsewhere.id))) == ["of another room"]
    assert len(_texts(_search(kitchen, query="of", serverId=str(DEFAULT_MESSAGE_SERVER)))) == 3
    assert _texts(_search(kitchen, query="of", serverId=str(new_id()))) == []
    between = {"from": second["createdAt"], "to": second["created_at"]}
    assert _texts(_search(kitchen, **between)) == ["100% of it?"]


def test_what_is_found_comes_in_pages(kitchen: Room) -> None:
    first = _search(kitchen, limit=3)
    by_cursor = _search(kitchen, limit=3, cursor=first.json["data"]["nextCursor"])
    by_count = _search(kitchen, limit=3, offset=3)

    assert first.json["data"]["total"] == 4
    assert _texts(by_cursor) == _texts(by_count) == ["The KETTLE boils."]
    assert "nextCursor" not in by_cursor.json["data"]


def _search(room: Room, **wanted: Any) -> Answer:
    return room.house.http.post("/api/messaging/messages/search", json=wanted)


def _texts(answer: Answer) -> list[str]:
    return [message["content"] for message in answer.json["data"]["messages"]]
