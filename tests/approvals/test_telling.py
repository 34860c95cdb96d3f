"""Telling: whoever is in the channel hears of an action that waits, old clients too, and nobody else finds it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eliza.clock import milliseconds
from eliza.testing.clock import NOON, FrozenClock
from tests.approvals.post import Post, attempt, decide, plan, waiting, writer
from tests.house_kit import House, Json

SUMMARY = "Send the words “Long live the king.” to the king."


@pytest.fixture
def house(data_dir: Path) -> Iterator[House]:
    opened = House(data_dir, model=writer(plan(), plan()), plugins=[Post().plugin], clock=FrozenClock())
    yield opened
    opened.close()


def test_sockets_hear_what_is_asked_and_what_was_decided(house: House) -> None:
    room = house.private("Ada", house.eliza)
    ada = house.socket("Ada")
    ada.joins(room)

    approval = waiting(room, room.says("Ada", "Write to the king."))
    asked = ada.hears("approvalRequested")
    decided = decide(house, approval, "deny")

    assert asked == approval
    assert ada.hears("approvalDecided") == decided
    assert decided == {
        **approval,
        "status": "denied",
        "decidedAt": milliseconds(NOON),
        "decidedBy": decided["decidedBy"],
        "decidedByName": "Bob",
    }


def test_clients_that_know_only_actions_see_one_that_waits_and_then_what_became_of_it(house: House) -> None:
    room = house.private("Ada", house.eliza)
    ada = house.socket("Ada")
    ada.joins(room)

    approval = waiting(room, room.says("Ada", "Write to the king."))
    ada.hears("messageComplete")
    decide(house, approval)
    ada.hears("messageComplete", count=2)

    told = [message for message in ada.all("messageBroadcast") if message["source"] == "agent_action"]
    assert [_shown(message) for message in told] == [
        (f"Waiting for approval: SEND_LETTER\n{SUMMARY}", "waiting", None),
        ("Executing action: SEND_LETTER", "executing", None),
        ("Completed action: SEND_LETTER", "completed", {"text": "Sent: Long live the king."}),
    ]
    assert {message["id"] for message in told} == {approval["actionId"]}
    assert told[0].keys() == told[1].keys()
    states = [state["status"] for state in ada.all("turnState") if "step" not in state]
    assert states == ["running", "waiting", "running", "replied"]


def test_a_list_can_be_narrowed_to_what_is_pending_in_a_channel(house: House) -> None:
    first, second = house.private("Ada", house.eliza), house.private("Bob", house.eliza)
    done = waiting(first, first.says("Ada", "Write to the king."))
    decide(house, done, "deny")
    open_one = waiting(second, second.says("Bob", "Write to the king."))

    assert sorted(_found(house)) == sorted([open_one["id"], done["id"]])
    assert _found(house, status="pending") == [open_one["id"]]
    assert _found(house, channelId=str(first.id)) == [done["id"]]
    assert _found(house, agentId=str(first.id)) == []
    assert len(_found(house, limit=1)) == 1


def test_an_agent_cannot_allow_its_own_action(house: House) -> None:
    room = house.private("Ada", house.eliza)
    approval = waiting(room, room.says("Ada", "Write to the king."))

    status, answer = attempt(house, approval, entityId=str(house.eliza))

    assert (status, answer["error"]["code"]) == (403, "NOT_BY_ITSELF")


@pytest.mark.parametrize(
    ("body", "status"),
    [({"decision": "maybe"}, 400), ({"entityId": "Bob"}, 400), ({"entityId": None}, 400)],
    ids=["no such decision", "no id", "by nobody"],
)
def test_a_decision_that_says_nothing_is_refused(house: House, body: Json, status: int) -> None:
    room = house.private("Ada", house.eliza)
    approval = waiting(room, room.says("Ada", "Write to the king."))

    assert attempt(house, approval, **body)[0] == status
    assert _found(house, status="pending") == [approval["id"]]


def _found(house: House, **query: Any) -> list[str]:
    return [one["id"] for one in house.http.get("/api/approvals", query_string=query).json["data"]]


def _shown(message: Json) -> tuple[str, str, Json | None]:
    raw = message["rawMessage"]
    return message["text"], raw["actionStatus"], raw.get("actionResult")
