"""Budgets: nobody spends more in a day than they may, and everybody is told why they are not answered."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import gevent
import pytest
from gevent.event import Event

from eliza.clock import SystemClock
from eliza.config import Allowance, BudgetSettings
from eliza.db import tables
from eliza.testing.scripted import ScriptedModel
from tests.house_kit import House, Json, Room, at_once, id_of
from tests.services.waiting import eventually

TOMORROW = "again tomorrow at 00:00 UTC"
PRICES = '{"model": {"input": 1, "output": 10}}'


class Calendar(SystemClock):
    """The clock of the system, on another day."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def budgeted(open_house: Callable[..., House]) -> Callable[..., House]:
    """``budgeted(agent=Allowance(turns=1))`` gives a house with these budgets, on each database in turn."""

    def open_one(*, prices: str = "", **more: Any) -> House:
        kinds = {kind: more.pop(kind) for kind in ("agent", "channel", "person") if kind in more}
        return open_house(budgets=BudgetSettings(**kinds, prices=prices), **more)

    return open_one


@pytest.fixture
def small(data_dir: Path) -> Iterator[Callable[..., House]]:
    """As ``budgeted``, where no database has a say."""
    opened: list[House] = []

    def open_one(*, prices: str = "", **more: Any) -> House:
        kinds = {kind: more.pop(kind) for kind in ("agent", "channel", "person") if kind in more}
        opened.append(House(data_dir, budgets=BudgetSettings(**kinds, prices=prices), **more))
        return opened[-1]

    yield open_one
    for house in opened:
        house.close()


def test_an_agent_that_used_its_turns_says_so_without_asking_the_model(small: Callable[..., House]) -> None:
    house = small(agent=Allowance(turns=2))
    rooms = [house.private(name, house.eliza) for name in ("Ada", "Bob", "Cem")]

    answers = [room.asks(name, "Hi!") for room, name in zip(rooms, ("Ada", "Bob", "Cem"), strict=True)]

    assert [answer.status_code for answer in answers] == [201, 201, 502]
    reason = f"Eliza has used its 2 turns for today; it answers {TOMORROW}"
    assert answers[2].json["error"] == f"Eliza could not answer: {reason}"
    assert len(house.model.prompts) == 2
    assert [(turn["status"], turn["reason"]) for turn in rooms[2].messages()[0]["turns"]] == [("failed", reason)]


def test_tokens_are_counted_as_the_model_told_them(small: Callable[..., House]) -> None:
    house = small(model=ScriptedModel("One two three."))
    house.private("Ada", house.eliza).asks("Ada", "Hi!")

    spent = spending(house, "agent", house.eliza)["spent"]

    words = sum(len(line.text.split()) for line in house.model.prompts[0].lines)
    assert spent == {"turns": 1, "tokens": words + 3, "money": 0.0}


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("agent", f"Eliza has used its 1 token for today; it answers {TOMORROW}"),
        ("channel", f"this channel has used its 1 token for today; agents answer here {TOMORROW}"),
        ("person", f"the person who asked has used their 1 token for today; they get answers {TOMORROW}"),
    ],
)
def test_tokens_that_are_used_up_end_the_day_of(small: Callable[..., House], kind: str, who: str) -> None:
    house = small(**{kind: Allowance(tokens=1)})
    room = house.private("Ada", house.eliza)

    assert room.asks("Ada", "Hi!").status_code == 201
    assert room.asks("Ada", "Hi again!").json["error"] == f"Eliza could not answer: {who}"


def test_a_channel_and_a_person_that_have_more_are_answered(small: Callable[..., House]) -> None:
    house = small(channel=Allowance(turns=1), person=Allowance(turns=1))
    house.private("Ada", house.eliza).asks("Ada", "Hi!")

    assert house.private("Bob", house.eliza).asks("Bob", "Hi!").status_code == 201


def test_money_is_what_the_price_list_says(small: Callable[..., House]) -> None:
    house = small(agent=Allowance(micros=1), prices=PRICES, model=ScriptedModel("One two three."))
    room = house.private("Ada", house.eliza)
    room.asks("Ada", "Hi!")

    refused = room.asks("Ada", "And now?").json["error"]

    words = sum(len(line.text.split()) for line in house.model.prompts[0].lines)
    assert spending(house, "agent", house.eliza)["spent"]["money"] == pytest.approx((words + 30) / 1_000_000)
    assert refused.endswith(f"Eliza has used its budget of 0.00 for today; it answers {TOMORROW}")


def test_while_money_is_limited_a_model_without_a_price_is_not_called(small: Callable[..., House]) -> None:
    house = small(person=Allowance(micros=5_000_000))

    refused = house.private("Ada", house.eliza).asks("Ada", "Hi!").json["error"]

    assert refused.endswith("money is limited, and ELIZA_PRICES has no price for scripted/model")
    assert house.model.prompts == []


def test_an_agent_may_have_a_budget_of_its_own(small: Callable[..., House]) -> None:
    house = small(agent=Allowance(turns=1))
    rich = house.agent("Rich", settings={"budget": {"turnsPerDay": None}})
    poor = house.agent("Poor", settings={"budget": {"turnsPerDay": 0}})
    odd = house.agent("Odd", settings={"budget": {"turnsPerDay": "many"}})
    rooms = {agent: house.private("Ada", agent) for agent in (rich, poor, odd)}

    asked = {agent: [rooms[agent].asks("Ada", f"Hi {n}!").status_code for n in range(2)] for agent in rooms}

    assert asked == {rich: [201, 201], poor: [502, 502], odd: [201, 502]}


def test_tomorrow_there_is_more(small: Callable[..., House]) -> None:
    clock = Calendar()
    house = small(agent=Allowance(turns=1, tokens=1), clock=clock)
    room = house.private("Ada", house.eliza)
    before = [room.asks("Ada", f"Hi {number}!").status_code for number in range(2)]

    clock.ahead = timedelta(days=1)

    assert (before, room.asks("Ada", "Good morning!").status_code) == ([201, 502], 201)


def test_turns_that_come_at_once_are_not_one_more_than_allowed(budgeted: Callable[..., House]) -> None:
    house = budgeted(agent=Allowance(turns=3))
    people = [f"Person {number}" for number in range(8)]
    rooms = [house.private(person, house.eliza) for person in people]

    def asks(number: int) -> Callable[[], int]:
        return lambda: rooms[number].asks(people[number], "Hi!").status_code

    answers = at_once(*map(asks, range(8)))

    assert sorted(answers) == [201] * 3 + [502] * 5
    assert len(house.model.prompts) == 3
    assert spending(house, "agent", house.eliza)["spent"]["turns"] == 3


def test_what_agents_say_to_each_other_is_on_the_account_of_whoever_began(small: Callable[..., House]) -> None:
    house = small(person=Allowance(turns=3), model=ScriptedModel(otherwise=lambda prompt: f"Well, {len(str(prompt))}."))
    always = {"ALWAYS_RESPOND_CHANNELS": "GROUP"}
    one, other = house.agent("One", settings=always), house.agent("Two", settings=always)
    room = house.room("Ada", one, other)

    room.says("Ada", "Discuss!")
    room.settles()

    assert spending(house, "person", id_of("Ada"))["spent"]["turns"] == 3
    assert len(room.history()) == 4
    reasons = {turn["reason"] for message in room.messages() for turn in message.get("turns", ())}
    assert f"the person who asked has used their 3 turns for today; they get answers {TOMORROW}" in reasons


def test_a_message_that_is_for_nobody_costs_nothing(small: Callable[..., House]) -> None:
    house = small(agent=Allowance(turns=1), channel=Allowance(turns=1))
    bob = house.agent("Bob")
    room = house.room("Ada", house.eliza, bob)

    said = room.says("Ada", "Bob, are you there?")
    room.settles()

    ends = {turn["agentName"]: (turn["status"], turn["reason"]) for turn in room.turns(said)}
    assert ends["Eliza"] == ("ignored", "another agent was called by name")
    assert spending(house, "agent", house.eliza) is None
    assert spending(house, "channel", room.id)["spent"]["turns"] == 1


def test_a_turn_that_is_tried_again_after_a_crash_counts_once(budgeted: Callable[..., House]) -> None:
    house = budgeted(agent=Allowance(turns=1), model=ScriptedModel(gate=Event()))
    room = house.private("Ada", house.eliza)
    room.says("Ada", "Hi!")
    eventually(lambda: house.model.prompts)
    house.close()

    again = budgeted(agent=Allowance(turns=1), model=ScriptedModel("Here I am."))

    Room(again, room.id).reads("Hi!", "Here I am.")
    assert spending(again, "agent", again.eliza)["spent"]["turns"] == 1


def test_whoever_takes_a_question_back_pays_for_what_was_written(small: Callable[..., House]) -> None:
    went_on = Event()

    def pieces() -> Iterator[str]:
        yield "Once upon "
        went_on.wait()

    house = small(model=ScriptedModel(pieces()))
    room = house.private("Ada", house.eliza)
    said = room.says("Ada", "A story!")
    eventually(lambda: house.model.prompts)
    gevent.idle()

    house.http.delete(f"{room.url}/{said['id']}")

    eventually(lambda: spending(house, "person", id_of("Ada")) is not None)
    # The model had read its prompt, and tells nothing of it once it is broken off.
    tokens = house.model.prompts[0].about_tokens + 1
    assert spending(house, "person", id_of("Ada"))["spent"] == {"turns": 0, "tokens": tokens, "money": 0.0}


def test_whoever_takes_a_question_back_at_another_server_pays_for_it_too(budgeted: Callable[..., House]) -> None:
    went_on = Event()

    def pieces() -> Iterator[str]:
        yield "Once upon "
        went_on.wait()
        yield "a time."

    house = budgeted(model=ScriptedModel(pieces()))
    room = house.private("Ada", house.eliza)
    said = room.says("Ada", "A story!")
    eventually(lambda: house.model.prompts)

    # What another server deletes is gone from the tables, and nobody is told here.
    row = tables.Message
    house.server.database.write(lambda: row.delete().where(row.id == UUID(said["id"])).execute())
    went_on.set()

    spent = eventually(lambda: spending(house, "person", id_of("Ada")))["spent"]
    assert spent["tokens"] > 4


def test_a_limit_larger_than_any_number_is_one_all_the_same(small: Callable[..., House]) -> None:
    house = small()
    agent_id = house.agent("Max", settings={"budget": {"turnsPerDay": 1e30, "tokensPerDay": 1e300}})

    house.private("Ada", agent_id).asks("Ada", "Hi!")

    limits = spending(house, "agent", agent_id)["limits"]
    assert limits == {"turns": 2**53 - 1, "tokens": 2**53 - 1, "money": None}


def test_a_job_that_is_refused_failed_with_the_reason(small: Callable[..., House]) -> None:
    house = small(agent=Allowance(turns=0))
    body = {"userId": str(id_of("Ada")), "agentId": str(house.eliza), "content": "Hi!"}
    job = house.http.post("/api/messaging/jobs", json=body).json

    ended = eventually(lambda: _ended(house, job["jobId"]))

    assert (ended["status"], ended["error"]) == (
        "failed",
        f"Eliza has used its 0 turns for today; it answers {TOMORROW}",
    )


def test_a_session_that_is_refused_hears_the_reason(small: Callable[..., House]) -> None:
    house = small(agent=Allowance(turns=0))
    body = {"agentId": str(house.eliza), "userId": str(id_of("Ada"))}
    session = house.http.post("/api/messaging/sessions", json=body).json["sessionId"]

    answer = house.http.post(
        f"/api/messaging/sessions/{session}/messages", json={"content": "Hi!", "transport": "http"}
    )

    assert answer.status_code == 502
    assert f"Eliza has used its 0 turns for today; it answers {TOMORROW}" in answer.text


def test_what_was_spent_is_shown_with_what_may_be(small: Callable[..., House]) -> None:
    house = small(agent=Allowance(turns=5, tokens=1000), person=Allowance(micros=2_500_000), prices=PRICES)
    room = house.private("Ada", house.eliza)
    room.asks("Ada", "Hi!")

    shown = house.http.get("/api/budgets").json["data"]

    none = {"turns": None, "tokens": None, "money": None}
    assert shown["limits"] == {
        "agent": {"turns": 5, "tokens": 1000, "money": None},
        "channel": none,
        "person": {**none, "money": 2.5},
    }
    assert shown["endsAt"] == f"{datetime.now(UTC).date() + timedelta(days=1)}T00:00:00.000Z"
    assert [(one["kind"], one["id"], one["name"]) for one in shown["spending"]] == [
        ("agent", str(house.eliza), "Eliza"),
        ("channel", str(room.id), spending(house, "channel", room.id)["name"]),
        ("person", str(id_of("Ada")), None),
    ]
    first = house.http.get("/api/budgets?limit=2")
    rest = house.http.get(f"/api/budgets?limit=2&cursor={first.headers['X-Next-Cursor']}")
    assert first.json["data"]["spending"] + rest.json["data"]["spending"] == shown["spending"]


def spending(house: House, kind: str, subject: UUID) -> Any:
    """What was used today, or None."""
    found: list[Json] = house.http.get("/api/budgets").json["data"]["spending"]
    return next((one for one in found if (one["kind"], one["id"]) == (kind, str(subject))), None)


def _ended(house: House, job_id: str) -> Json:
    job: Json = house.http.get(f"/api/messaging/jobs/{job_id}").json
    return job if job["status"] not in {"pending", "processing"} else {}
