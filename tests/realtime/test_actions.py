"""Actions: whoever is in the room sees what an agent does before it has said anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eliza.llm.types import Manner
from eliza.plugins import Plugin
from eliza.runtime.components import Action, ActionResult, Call, Scene
from eliza.testing.scripted import ScriptedModel
from tests.house_kit import House, Json


def dig(_scene: Scene, _call: Call) -> ActionResult:
    return ActionResult(success=True, text="Two feet deep.")


def fly(_scene: Scene, _call: Call) -> ActionResult:
    return ActionResult(success=False, error="No wings.")


GARDEN = Plugin("garden", "", actions=(Action("DIG", "Dig a hole", dig), Action("FLY", "Take off", fly)))


@pytest.fixture
def garden(data_dir: Path) -> Iterator[House]:
    plan = "<response><thought>Work.</thought><actions>REPLY,DIG,FLY</actions><text>At once.</text></response>"
    opened = House(data_dir, model=ScriptedModel(plan, manner=Manner.PLAN), plugins=[GARDEN])
    yield opened
    opened.close()


def test_an_action_is_shown_when_it_begins_and_when_it_ends(garden: House) -> None:
    room = garden.private("Ada", garden.eliza)
    ada = garden.socket("Ada")
    ada.joins(room)

    room.says("Ada", "Dig, then fly!")
    ada.hears("messageComplete")

    told = [message for message in ada.all("messageBroadcast") if message["source"] == "agent_action"]
    assert [_shown(message) for message in told] == [
        ("Executing action: DIG", "executing", None),
        ("Completed action: DIG", "completed", {"text": "Two feet deep."}),
        ("Executing action: FLY", "executing", None),
        ("Failed action: FLY", "failed", None),
    ]
    assert told[0]["id"] == told[1]["id"] != told[2]["id"]
    assert {message["senderId"] for message in told} == {str(garden.eliza)}
    room.reads("Dig, then fly!", "At once.", "Two feet deep.")


def test_an_agent_that_only_answers_shows_no_action(small_house: House) -> None:
    room = small_house.private("Ada", small_house.eliza)
    ada = small_house.socket("Ada")
    ada.joins(room)

    room.says("Ada", "Hi!")
    ada.hears("messageComplete")

    assert [message["text"] for message in ada.all("messageBroadcast")] == ["Hi!", "All right."]


def _shown(message: Json) -> tuple[str, str, Json | None]:
    raw = message["rawMessage"]
    return message["text"], raw["actionStatus"], raw.get("actionResult")
