"""Titles: a conversation gets a name from what was said in it."""

from typing import Any

import pytest

from eliza.ids import new_id
from eliza.llm.errors import ModelRefused
from tests.house_kit import Answer, House, Room

TEXTS = ["How long do eggs boil?", "It depends.", "Hard ones, please.", "Ten minutes."]


def test_a_conversation_is_named_after_its_last_messages(lasting_house: House) -> None:
    room = _talk(lasting_house, *TEXTS)
    lasting_house.model.will_say('Title: "Boiling eggs".\n\nI hope that helps!')

    named = _name(room)

    assert named.json["data"] == {"title": "Boiling eggs", "channelId": str(room.id)}
    prompt = lasting_house.model.prompts[-1]
    assert [line.role for line in prompt.lines] == ["system", "user"]
    assert prompt.lines[1].text.splitlines() == [f"{who}: {text}" for who, text in zip("ABAB", TEXTS, strict=True)]


def test_too_little_is_not_named(lasting_house: House) -> None:
    room, asked_before = _talk(lasting_house, *TEXTS[:3]), len(lasting_house.model.prompts)

    named = _name(room)

    reason = "Not enough messages to name it: 3 of 4"
    assert named.json["data"] == {"title": None, "channelId": str(room.id), "reason": reason}
    assert len(lasting_house.model.prompts) == asked_before


@pytest.mark.parametrize("nothing", ["", "  \n", '""', "Title:"])
def test_a_model_without_a_word_leaves_the_first_ones_of_the_person(lasting_house: House, nothing: str) -> None:
    room = _talk(lasting_house, *TEXTS)
    lasting_house.model.will_say(nothing)

    assert _name(room).json["data"]["title"] == "How long do eggs boil?"


def test_a_title_has_an_end(lasting_house: House) -> None:
    room = _talk(lasting_house, *TEXTS)
    lasting_house.model.will_say("eggs " * 100)

    title = _name(room).json["data"]["title"]

    assert len(title) <= 80
    assert title.endswith("…")


def test_only_what_is_asked_for_is_named(lasting_house: House) -> None:
    room = _talk(lasting_house, *TEXTS, "A thing of the past.")
    last = room.messages()[0]["created_at"]

    _name(room, f"?before={last}")
    _name(room, "?limit=4")

    before, few = (prompt.lines[1].text for prompt in lasting_house.model.prompts[-2:])
    assert (before.endswith("Ten minutes."), TEXTS[0] in few, few.endswith("A thing of the past.")) == (
        True,
        False,
        True,
    )


def test_a_long_talk_is_named_after_its_end(lasting_house: House) -> None:
    room = _talk(lasting_house, *(f"Remark {number}: {'x' * 1000}" for number in range(20)))

    _name(room)

    asked = lasting_house.model.prompts[-1].lines[1].text
    assert len(asked) < 5000
    assert "Remark 19" in asked


def test_the_failure_of_a_model_has_its_name(lasting_house: House) -> None:
    room = _talk(lasting_house, *TEXTS)
    lasting_house.model.will_say(ModelRefused("No such model."))

    refused = _name(room)

    assert (refused.status_code, refused.json["code"], refused.json["error"]) == (
        502,
        "MODEL_REFUSED",
        "No such model.",
    )


def test_only_an_agent_that_exists_names_a_channel_that_does(lasting_house: House) -> None:
    room = _talk(lasting_house, *TEXTS)
    nowhere = Room(lasting_house, new_id())

    assert _name(room, agentId=str(new_id())).status_code == 404
    assert _name(nowhere).status_code == 404
    assert _name(room, agentId="Eliza").status_code == 400


def _talk(house: House, *texts: str) -> Room:
    room = house.room("Ada", "Bob")
    for number, text in enumerate(texts):
        room.says(("Ada", "Bob")[number % 2], text, author_display_name="AB"[number % 2])
    return room


def _name(room: Room, query: str = "", **body: Any) -> Answer:
    asked = {"agentId": str(room.house.eliza), **body}
    return room.house.http.post(f"/api/messaging/channels/{room.id}/generate-title{query}", json=asked)
