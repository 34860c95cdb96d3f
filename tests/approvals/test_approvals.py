"""Approvals: what an agent may not do without leave waits for it, and is then done once or not at all."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from eliza.approvals.approvals import Approvals
from eliza.clock import SystemClock
from eliza.db import Database
from eliza.events import Bus
from eliza.plugins import Plugin
from eliza.runtime.components import Action, ActionResult, Call, Risk, Scene
from eliza.testing.clock import FrozenClock
from eliza.testing.scripted import ScriptedModel
from tests.approvals.post import Post, attempt, decide, plan, waiting, writer
from tests.house_kit import House, Room, at_once, id_of
from tests.services.waiting import eventually

HOUR = 3600


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def open_small_house(data_dir: Path) -> Iterator[Callable[..., House]]:
    """The same on SQLite only, for what no database has a say in."""
    with ExitStack() as opened:

        def open_one(**options: Any) -> House:
            house = House(data_dir, **options)
            opened.callback(house.close)
            return house

        yield open_one


def test_an_action_that_was_allowed_is_taken_with_the_words_it_was_allowed_with(
    open_house: Callable[..., House], post: Post
) -> None:
    house = open_house(model=writer(plan()), plugins=[post.plugin])
    room = house.private("Ada", house.eliza)
    asked = room.says("Ada", "Write to the king.")
    approval = waiting(room, asked)
    assert post.sent == []

    decided = decide(house, approval)

    room.reads("Write to the king.", "Long live the king.", "Sent: Long live the king.")
    assert post.sent == [f"{approval['turnId']}:0"]
    assert len(house.model.prompts) == 1
    assert (decided["status"], decided["decidedBy"], decided["decidedByName"]) == ("approved", str(id_of("Bob")), "Bob")
    assert [turn["status"] for turn in room.turns(asked)] == ["replied"]


def test_people_are_told_what_they_decide_about(open_small_house: Callable[..., House], post: Post) -> None:
    house = open_small_house(model=writer(plan()), plugins=[post.plugin], clock=FrozenClock())
    room = house.private("Ada", house.eliza)
    asked = room.says("Ada", "Write to the king.", author_display_name="Ada")

    approval = waiting(room, asked)

    told = {key: approval[key] for key in ("agentName", "action", "risk", "summary", "status", "otherwise")}
    assert told == {
        "agentName": "Eliza",
        "action": "SEND_LETTER",
        "risk": "high",
        "summary": "Send the words “Long live the king.” to the king.",
        "status": "pending",
        "otherwise": "denied",
    }
    assert (approval["requestedBy"], approval["requestedByName"]) == (str(id_of("Ada")), "Ada")
    assert approval["deadline"] - approval["createdAt"] == HOUR * 1000
    turn = room.turns(asked)[0]
    assert (turn["status"], turn["reason"]) == ("waiting", "waits for somebody to allow SEND_LETTER")


def test_whoever_asked_cannot_change_what_was_allowed(open_small_house: Callable[..., House]) -> None:
    paid: list[list[str]] = []
    house = open_small_house(model=writer(plan("", actions="PAY")), plugins=[_bank(paid)])
    room = house.private("Ada", house.eliza)
    asked = room.says("Ada", "Pay 1 to Bob.")
    approval = waiting(room, asked)
    assert approval["summary"] == "Pay 1 to Bob."

    house.http.patch(f"/api/messaging/messages/{asked['id']}", json={"content": "Pay 1000 to Ada."})
    decide(house, approval)

    eventually(lambda: paid)
    assert paid == [["Pay 1 to Bob.", "Pay 1 to Bob."]]


def test_an_agent_that_was_taken_out_of_a_channel_does_nothing_there_any_more(
    open_small_house: Callable[..., House], post: Post
) -> None:
    house = open_small_house(model=writer(plan()), plugins=[post.plugin])
    room = house.room("Ada", "Bob", house.eliza)
    asked = room.says("Ada", "Eliza, write to the king.")
    approval = waiting(room, asked)

    house.http.delete(f"/api/messaging/channels/{room.id}/agents/{house.eliza}")
    decide(house, approval)

    ended = eventually(lambda: [turn for turn in room.turns(asked) if turn["status"] == "ignored"])
    assert ended[0]["reason"] == "Eliza was taken out of the channel"
    assert (room.history(), post.sent) == (["Eliza, write to the king."], [])


def test_an_action_that_was_refused_is_not_taken_and_the_agent_says_so(
    open_small_house: Callable[..., House], post: Post
) -> None:
    house = open_small_house(model=writer(plan("")), plugins=[post.plugin])
    room = house.private("Ada", house.eliza)
    asked = room.says("Ada", "Write to the king.")

    decide(house, waiting(room, asked), "deny")

    room.reads("Write to the king.", "SEND_LETTER was not allowed: Bob said no.")
    assert post.sent == []
    assert [turn["status"] for turn in room.turns(asked)] == ["replied"]


def test_the_deadline_refuses_what_nobody_decided(open_house: Callable[..., House], post: Post) -> None:
    clock = FrozenClock()
    house = open_house(model=writer(plan()), plugins=[post.plugin], clock=clock)
    room = house.private("Ada", house.eliza)
    approval = waiting(room, room.says("Ada", "Write to the king."))

    clock.advance(HOUR)

    status, answer = attempt(house, approval)
    assert (status, answer["error"]["code"]) == (409, "ALREADY_DECIDED")
    refusal = "SEND_LETTER was not allowed: nobody decided in time."
    room.reads("Write to the king.", "Long live the king.", refusal)
    now = house.http.get(f"/api/approvals/{approval['id']}").json["data"]
    assert (now["status"], "decidedBy" in now, post.sent) == ("expired", False, [])


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(open_house: Callable[..., House], post: Post) -> None:
    house = open_house(model=writer(plan()), plugins=[post.plugin])
    room = house.private("Ada", house.eliza)
    approval = waiting(room, room.says("Ada", "Write to the king."))

    outcomes = at_once(
        lambda: attempt(house, approval, "approve", by="Bob"), lambda: attempt(house, approval, "deny", by="Cleo")
    )

    assert sorted(status for status, _ in outcomes) == [200, 409]
    won = next(answer["data"] for status, answer in outcomes if status == 200)
    lost = next(answer for status, answer in outcomes if status == 409)
    assert lost["error"]["code"] == "ALREADY_DECIDED"
    room.settles()
    eventually(lambda: len(room.history()) == 3)
    assert len(post.sent) == (won["status"] == "approved")


def test_a_turn_that_waits_keeps_nobody_from_being_answered(open_house: Callable[..., House], post: Post) -> None:
    house = open_house(model=writer(plan(), plan("Of course.", actions="REPLY")), plugins=[post.plugin])
    room = house.private("Ada", house.eliza)
    approval = waiting(room, room.says("Ada", "Write to the king."))

    answer = room.asks("Ada", "Are you there?").json["agentResponse"]["text"]
    decide(house, approval)

    assert answer == "Of course."
    room.reads("Write to the king.", "Are you there?", "Of course.", "Long live the king.", "Sent: Long live the king.")


def test_more_turns_can_wait_than_can_run(open_small_house: Callable[..., House], post: Post) -> None:
    model = writer(plan(), plan(), plan(), plan("Here.", actions="REPLY"))
    house = open_small_house(model=model, plugins=[post.plugin], concurrent_turns=1)
    room = house.private("Ada", house.eliza)
    for number in range(3):
        waiting(room, room.says("Ada", f"Letter {number}."))

    assert room.asks("Ada", "Are you there?").json["agentResponse"]["text"] == "Here."


def test_what_was_done_before_the_wait_is_not_done_again(open_small_house: Callable[..., House], post: Post) -> None:
    house = open_small_house(model=writer(plan(actions="STAMP,SEND_LETTER,SEAL,SEND_PARCEL")), plugins=[post.plugin])
    room = house.private("Ada", house.eliza)
    asked = room.says("Ada", "A letter and a parcel to the king.")
    first = waiting(room, asked)
    assert len(post.stamped) == 1
    decide(house, first, "deny")
    second = eventually(lambda: house.http.get("/api/approvals?status=pending").json["data"])
    assert [(one["action"], one["summary"]) for one in second] == [("SEND_PARCEL", "SEND_PARCEL: Long live the king.")]
    decide(house, second[0])

    room.reads(
        "A letter and a parcel to the king.",
        "Long live the king.",
        "SEND_LETTER was not allowed: Bob said no.",
        "Sent: Long live the king.",
    )
    turn = first["turnId"]
    assert post.stamped == [f"{turn}:0", f"{turn}:2"]
    assert post.sent == [f"{turn}:3"]
    assert len(house.model.prompts) == 1


def test_whoever_waits_for_the_answer_hears_at_once_that_it_takes_a_decision(
    open_small_house: Callable[..., House], post: Post
) -> None:
    house = open_small_house(model=writer(plan()), plugins=[post.plugin])

    answer = house.private("Ada", house.eliza).asks("Ada", "Write to the king.").json

    assert "agentResponse" not in answer
    assert [(turn["status"], "approvalId" in turn) for turn in answer["turns"]] == [("waiting", True)]


def test_a_restart_changes_nothing(open_house: Callable[..., House], post: Post) -> None:
    house = open_house(model=writer(plan()), plugins=[post.plugin])
    room = house.private("Ada", house.eliza)
    approval = waiting(room, room.says("Ada", "Write to the king."))
    house.close()

    silent = ScriptedModel()
    again = open_house(model=silent, plugins=[post.plugin])
    decide(again, approval)

    Room(again, room.id).reads("Write to the king.", "Long live the king.", "Sent: Long live the king.")
    assert post.sent == [f"{approval['turnId']}:0"]
    assert silent.prompts == []


def test_what_was_decided_before_a_crash_is_done_after_it(
    open_small_house: Callable[..., House], data_dir: Path, post: Post
) -> None:
    house = open_small_house(model=writer(plan()), plugins=[post.plugin])
    room = house.private("Ada", house.eliza)
    approval = waiting(room, room.says("Ada", "Write to the king."))
    house.close()
    with closing(Database.open_sqlite(data_dir / "eliza.db")) as database:
        approvals = Approvals(database, SystemClock(), Bus(lambda tell: tell()))
        approvals.decide(UUID(approval["id"]), "approved", by=id_of("Bob"))

    again = open_small_house(plugins=[post.plugin])

    Room(again, room.id).reads("Write to the king.", "Long live the king.", "Sent: Long live the king.")
    assert post.sent == [f"{approval['turnId']}:0"]


def test_a_message_that_is_deleted_takes_its_approval_along(open_house: Callable[..., House], post: Post) -> None:
    house = open_house(model=writer(plan()), plugins=[post.plugin])
    room = house.private("Ada", house.eliza)
    asked = room.says("Ada", "Write to the king.")
    approval = waiting(room, asked)

    house.http.delete(f"{room.url}/{asked['id']}")

    assert attempt(house, approval)[0] == 404
    assert house.http.get("/api/approvals").json["data"] == []


def test_what_a_turn_cost_is_counted_when_it_begins_to_wait_and_only_once(
    open_small_house: Callable[..., House], post: Post
) -> None:
    house = open_small_house(model=writer(plan()), plugins=[post.plugin])
    room = house.private("Ada", house.eliza)
    approval = waiting(room, room.says("Ada", "Write to the king."))

    before = _tokens(house)
    decide(house, approval)
    room.reads("Write to the king.", "Long live the king.", "Sent: Long live the king.")

    assert before > 0
    assert _tokens(house) == before


def test_a_run_tells_both_halves_of_a_turn_that_waited(open_small_house: Callable[..., House], post: Post) -> None:
    clock = FrozenClock()
    house = open_small_house(model=writer(plan(actions="STAMP,SEND_LETTER")), plugins=[post.plugin], clock=clock)
    room = house.private("Ada", house.eliza)
    approval = waiting(room, room.says("Ada", "Write to the king."))

    clock.advance(60)
    decide(house, approval)
    room.reads("Write to the king.", "Long live the king.", "Sent: Long live the king.")

    run = house.http.get(f"/api/agents/{house.eliza}/runs/{approval['turnId']}").json["data"]
    told = [(event["type"], event["timestamp"] - approval["createdAt"]) for event in run["events"]]
    assert (run["summary"]["counts"]["actions"], run["summary"]["counts"]["modelCalls"]) == (2, 1)
    assert run["summary"]["durationMs"] == 60_000
    assert told[0] == ("RUN_STARTED", 0)
    assert told[-1] == ("RUN_ENDED", 60_000)


def _tokens(house: House) -> int:
    accounts = house.http.get("/api/budgets").json["data"]["spending"]
    return next(int(one["spent"]["tokens"]) for one in accounts if one["kind"] == "agent")


def _bank(paid: list[list[str]]) -> Plugin:
    """Pays what the message says."""

    def pay(scene: Scene, _call: Call) -> ActionResult:
        paid.append([scene.message.text, scene.recent[-1].text])
        return ActionResult(success=True, text="Paid.")

    def summary(scene: Scene, _call: Call) -> str:
        return scene.message.text

    return Plugin("bank", "Payments.", actions=(Action("PAY", "Pay.", pay, risk=Risk.HIGH, summary=summary),))
