"""Workers: every question ends, whatever models, agents and processes do."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from uuid import UUID

import gevent
from gevent.event import Event

from eliza.llm.errors import ModelRefused
from eliza.llm.types import Prompt
from eliza.plugins import Plugin
from eliza.runtime.components import Evaluator
from eliza.runtime.turn import NewMemory
from eliza.testing.scripted import ScriptedModel
from tests.house_kit import House, Room
from tests.services.postgres import PostgresServer
from tests.services.waiting import eventually

SAYINGS = ("apple", "bridge", "candle", "desert", "engine", "forest", "garden", "harbour", "island", "jungle", "kettle")


def test_a_failing_model_ends_the_turn_with_its_reason(house: House) -> None:
    house.model.will_say(ModelRefused("The key was not accepted."))
    room = house.private("Ada", house.eliza)

    said = room.says("Ada", "Hi!")

    room.settles()
    assert [(turn["agentName"], turn["status"], turn["reason"]) for turn in room.turns(said)] == [
        ("Eliza", "failed", "The key was not accepted.")
    ]
    assert room.history() == ["Hi!"]


def test_a_failure_keeps_nobody_from_asking_again(house: House) -> None:
    house.model.will_say(ModelRefused("Not now."), "Now.")
    room = house.private("Ada", house.eliza)

    room.says("Ada", "Hi?")
    room.says("Ada", "Hi!")

    room.reads("Hi?", "Hi!", "Now.")


def test_a_model_that_hangs_stalls_no_other_channel(open_house: Callable[..., House]) -> None:
    never = Event()

    def answer(prompt: Prompt) -> str:
        if "Hang" in prompt.lines[-1].text:
            never.wait()
        return "Here."

    house = open_house(model=ScriptedModel(otherwise=answer))
    hanging = [house.private(f"Person {number}", house.eliza) for number in range(5)]
    for number, room in enumerate(hanging):
        room.says(f"Person {number}", "Hang, please.")

    other = house.private("Ada", house.eliza)
    answers = [other.asks("Ada", f"Hi {number}").json["agentResponse"]["text"] for number in range(3)]

    assert answers == ["Here."] * 3
    assert {room.history()[-1] for room in hanging} == {"Hang, please."}


def test_a_turn_that_takes_too_long_is_given_up(open_house: Callable[..., House]) -> None:
    gate = Event()
    house = open_house(turn_seconds=0.1, model=ScriptedModel(gate=gate))

    answer = house.private("Ada", house.eliza).asks("Ada", "Hi!")

    assert answer.status_code == 502
    assert answer.json["error"] == "Eliza could not answer: Eliza was not done after 0.1 seconds"


def test_no_more_turns_run_at_once_than_are_allowed(open_house: Callable[..., House]) -> None:
    gate = Event()
    house = open_house(concurrent_turns=2, model=ScriptedModel(gate=gate))
    rooms = [house.private(f"Person {number}", house.eliza) for number in range(5)]
    for number, room in enumerate(rooms):
        room.says(f"Person {number}", "Hi!")
    eventually(lambda: len(house.model.prompts) == 2)

    running = [turn["status"] for room in rooms for turn in room.messages()[0]["turns"]]
    gate.set()

    assert sorted(running) == ["pending"] * 3 + ["running"] * 2
    for room in rooms:
        room.reads("Hi!", "All right.")


def test_an_agent_stopped_while_a_question_waits_ignores_it_and_says_so(open_house: Callable[..., House]) -> None:
    gate = Event()
    house = open_house(model=ScriptedModel(gate=gate))
    room = house.private("Ada", house.eliza)
    room.says("Ada", "First?")
    waiting = room.says("Ada", "Second?")
    eventually(lambda: house.model.prompts)

    house.stop(house.eliza)
    gate.set()

    room.settles()
    assert [(turn["status"], turn["reason"]) for turn in room.turns(waiting)] == [("ignored", "Eliza is stopped")]
    assert room.history() == ["First?", "Second?", "All right."]


def test_what_cannot_be_stored_ends_the_turn_with_a_reason(open_house: Callable[..., House]) -> None:
    odd = Evaluator("ODD", "Remembers what no table can keep.", lambda *_: (NewMemory("facts", "", {"of": object()}),))
    house = open_house(plugins=[Plugin("odd", "Odd.", evaluators=(odd,))])

    answer = house.private("Ada", house.eliza).asks("Ada", "Hi!")

    assert answer.status_code == 502
    assert answer.json["error"] == (
        "Eliza could not answer: what Eliza made of it could not be stored; the log says more"
    )


# Agents among themselves


def test_five_agents_that_always_answer_stop_at_the_limit_exactly(open_house: Callable[..., House]) -> None:
    house = open_house(agent_turns_in_a_row=12, model=ScriptedModel(otherwise=_something_new()))
    agents = [_talker(house, f"Agent {number}") for number in range(5)]
    room = house.room("Ada", *agents)

    room.says("Ada", "Discuss!")
    room.settles()
    first_round = room.messages(after_seq=1)
    room.says("Ada", "Go on!")
    room.settles()
    second_round = room.messages(after_seq=len(first_round) + 2)

    assert (len(first_round), len(second_round)) == (12, 12)
    assert all(message["metadata"]["isAgent"] for message in first_round + second_round)


def test_the_reason_why_agents_stopped_is_told(open_house: Callable[..., House]) -> None:
    house = open_house(agent_turns_in_a_row=3, model=ScriptedModel(otherwise=_something_new()))
    room = house.room("Ada", _talker(house, "One"), _talker(house, "Two"))

    room.says("Ada", "Discuss!")
    room.settles()

    reasons = {turn["reason"] for message in room.messages() for turn in message.get("turns", ())}
    assert "agents have written 3 messages in a row; a person has to speak first" in reasons


def test_agents_that_repeat_themselves_stop_early(open_house: Callable[..., House]) -> None:
    house = open_house(agent_turns_in_a_row=50, model=ScriptedModel(otherwise="As I said."))
    room = house.room("Ada", _talker(house, "One"), _talker(house, "Two"))

    room.says("Ada", "Discuss!")
    room.settles()

    assert room.history() == ["Discuss!", "As I said.", "As I said.", "As I said."]


# Restarts


def test_a_question_left_unanswered_is_answered_after_the_restart(open_house: Callable[..., House]) -> None:
    gate = Event()
    house = open_house(model=ScriptedModel(gate=gate))
    room = house.private("Ada", house.eliza)
    room.says("Ada", "First?")
    room.says("Ada", "Second?")
    eventually(lambda: house.model.prompts)
    house.close()

    again = open_house(model=ScriptedModel("To the first.", "To the second."))

    Room(again, room.id).reads("First?", "Second?", "To the first.", "To the second.")


def test_agents_run_after_a_restart_as_they_did_before(open_house: Callable[..., House]) -> None:
    house = open_house()
    started, stopped = house.agent("Started"), house.agent("Stopped", start=False)
    house.stop(house.eliza)
    house.close()

    again = open_house()

    states = {agent["id"]: agent["status"] for agent in again.http.get("/api/agents").json["data"]["agents"]}
    assert states == {str(started): "active", str(stopped): "inactive", str(again.eliza): "inactive"}
    assert again.private("Ada", started).asks("Ada", "Hi!").json["agentResponse"]["text"] == "All right."


def test_a_server_that_stops_lets_an_answer_be_finished(open_house: Callable[..., House]) -> None:
    gate = Event()
    house = open_house(model=ScriptedModel(gate=gate))
    room = house.private("Ada", house.eliza)
    room.says("Ada", "Hi!")
    eventually(lambda: house.model.prompts)

    gevent.spawn(gate.set)
    house.server.stop(timeout=5)

    Room(open_house(), room.id).reads("Hi!", "All right.")


def _talker(house: House, name: str) -> UUID:
    return house.agent(name, settings={"ALWAYS_RESPOND_CHANNELS": "GROUP"})


def _something_new() -> Callable[[Prompt], str]:
    numbers: Iterator[int] = count()

    def say(_prompt: Prompt) -> str:
        number = next(numbers)
        return f"{SAYINGS[number % len(SAYINGS)].title()} and {SAYINGS[(number * 5 + 2) % len(SAYINGS)]}, {number}."

    return say


def test_an_agent_deleted_in_mid_turn_breaks_off_and_says_so(house: House) -> None:
    house.model.gate = Event()
    bob = house.agent("Bob")
    room = house.private("Ada", bob)
    socket = house.socket("Ada")
    socket.joins(room)
    room.says("Ada", "Hi!")
    eventually(lambda: house.model.prompts)

    house.http.delete(f"/api/agents/{bob}")

    eventually(lambda: socket.all("turnState")[-1]["status"] == "ignored")
    assert socket.all("turnState")[-1]["reason"] == "the agent was deleted"
    house.model.gate.set()
    eventually(lambda: house.model.stopped)
    assert room.history() == ["Hi!"]


def test_a_message_deleted_in_mid_turn_is_not_answered(house: House) -> None:
    house.model.gate = Event()
    room = house.private("Ada", house.eliza)
    socket = house.socket("Ada")
    socket.joins(room)
    said = room.says("Ada", "Hi!")
    eventually(lambda: house.model.prompts)

    house.http.delete(f"{room.url}/{said['id']}")

    eventually(lambda: socket.all("turnState")[-1].get("reason") == "the message was deleted")
    house.model.gate.set()
    assert room.history() == []


def test_a_stopped_agent_says_at_once_that_it_will_not_answer(house: House) -> None:
    room = house.private("Ada", house.eliza)
    socket = house.socket("Ada")
    socket.joins(room)
    house.stop(house.eliza)

    room.says("Ada", "Hi!")

    heard = socket.hears("turnState")
    assert (heard["status"], heard["reason"]) == ("ignored", "Eliza is stopped")


def test_an_answer_outlives_a_database_that_is_away_for_a_moment(data_dir: Path, own_postgres: PostgresServer) -> None:
    gate = Event()
    model = ScriptedModel("All is well.", gate=gate)
    with closing(House(data_dir, own_postgres.url("postgres"), model=model)) as house:
        room = house.private("Ada", house.eliza)
        room.says("Ada", "Hi!")
        eventually(lambda: model.prompts)
        own_postgres.kill()
        away = house.http.get(room.url)

        gate.set()
        own_postgres.restart(fsync=True)

        room.reads("Hi!", "All is well.")
        assert (away.status_code, away.json["code"]) == (503, "DATABASE_UNAVAILABLE")
        assert len(model.prompts) == 1
