"""Transports: the three ways to listen for an answer, which is the same and stored once in each."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import gevent
import pytest
from gevent.event import Event

from eliza.events import Bus, ReplyPiece
from eliza.http.current import current
from eliza.ids import new_id
from eliza.llm.errors import ModelRefused
from eliza.testing.scripted import ScriptedModel
from tests.house_kit import House, at_once, frames
from tests.services.waiting import eventually

PIECES = ["Hel", "lo, ", "Ada", "."]


@pytest.mark.parametrize("body", [{}, {"transport": "websocket"}, {"transport": None}], ids=["none", "named", "null"])
def test_without_a_transport_the_answer_does_not_wait_for_the_agent(house: House, body: dict[str, Any]) -> None:
    house.model.gate = Event()
    room = house.private("Ada", house.eliza)

    answer = room.post("Ada", "Hi!", **body)

    assert answer.status_code == 201
    assert set(answer.json) == {"success", "userMessage", "data"}
    house.model.gate.set()
    room.reads("Hi!", "All right.")


@pytest.mark.parametrize("body", [{"transport": "http"}, {"mode": "http"}, {"transport": "sync"}, {"mode": "sync"}])
def test_over_http_the_answer_comes_with_what_the_agent_said(house: House, body: dict[str, Any]) -> None:
    house.model.will_say(PIECES)
    room = house.private("Ada", house.eliza)

    answer = room.post("Ada", "Hi!", **body)

    said, replied = room.messages(after_seq=0)
    response = answer.json["agentResponse"]
    assert answer.status_code == 201
    assert answer.json["userMessage"]["id"] == said["id"]
    assert {key: response[key] for key in ("text", "responseId", "inReplyTo", "actions", "simple")} == {
        "text": "Hello, Ada.",
        "responseId": replied["id"],
        "inReplyTo": said["id"],
        "actions": ["REPLY"],
        "simple": True,
    }
    assert [turn["status"] for turn in answer.json["turns"]] == ["replied"]
    assert room.history() == ["Hi!", "Hello, Ada."]


@pytest.mark.parametrize("body", [{"transport": "sse"}, {"mode": "sse"}, {"transport": "stream"}, {"mode": "stream"}])
def test_over_sse_the_answer_comes_in_pieces(house: House, body: dict[str, Any]) -> None:
    house.model.will_say(PIECES)
    room = house.private("Ada", house.eliza)

    answer = room.post("Ada", "Hi!", **body)

    told = frames(answer)
    said, replied = room.messages(after_seq=0)
    chunks = [payload for name, payload in told if name == "chunk"]
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert [name for name, _ in told] == ["user_message", *["chunk"] * len(chunks), "done"]
    assert told[0][1]["id"] == said["id"]
    assert "".join(chunk["chunk"] for chunk in chunks) == "Hello, Ada."
    assert [(chunk["messageId"], chunk["index"]) for chunk in chunks] == [
        (replied["id"], index) for index in range(len(chunks))
    ]
    done = told[-1][1]
    assert (done["text"], done["responseId"], done["inReplyTo"]) == ("Hello, Ada.", replied["id"], said["id"])
    assert room.history() == ["Hi!", "Hello, Ada."]


def test_every_frame_says_its_type_and_pieces_their_text(small_house: House) -> None:
    small_house.model.will_say(PIECES)
    room = small_house.private("Ada", small_house.eliza)

    told = frames(room.post("Ada", "Hi!", transport="sse"))

    assert [(name, payload["type"]) for name, payload in told if name != "chunk"] == [
        ("user_message", "user_message"),
        ("done", "complete"),
    ]
    assert {(payload["type"], payload["text"] == payload["chunk"]) for name, payload in told if name == "chunk"} == {
        ("chunk", True)
    }


def test_over_http_a_failure_says_why_and_the_question_is_kept(house: House) -> None:
    house.model.will_say(ModelRefused("The model is not allowed to speak of this."))
    room = house.private("Ada", house.eliza)

    answer = room.asks("Ada", "Hi!")

    assert answer.status_code == 502
    assert {key: answer.json[key] for key in ("success", "error", "code", "message")} == {
        "success": False,
        "error": "Eliza could not answer: The model is not allowed to speak of this.",
        "code": "AGENT_FAILED",
        "message": "Eliza could not answer: The model is not allowed to speak of this.",
    }
    [said] = room.messages()
    assert [(turn["status"], turn["reason"]) for turn in said["turns"]] == [
        ("failed", "The model is not allowed to speak of this.")
    ]


def test_over_sse_a_failure_ends_the_stream_with_its_reason(house: House) -> None:
    house.model.will_say(ModelRefused("The model is not allowed to speak of this."))
    room = house.private("Ada", house.eliza)

    told = frames(room.post("Ada", "Hi!", transport="sse"))

    assert [name for name, _ in told] == ["user_message", "error"]
    assert told[-1][1] == {
        "type": "error",
        "error": "Eliza could not answer: The model is not allowed to speak of this.",
        "code": "AGENT_FAILED",
    }


def test_over_sse_a_failure_of_the_server_itself_ends_the_stream_with_a_reference(
    small_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    small_house.model.gate = Event()
    room = small_house.private("Ada", small_house.eliza)
    waiting = gevent.spawn(room.post, "Ada", "Hi!", transport="sse")
    eventually(lambda: small_house.model.prompts)
    message, nobody = UUID(room.messages()[0]["id"]), new_id()

    with small_house.server.app.app_context():
        current(Bus).publish(ReplyPiece(nobody, message, nobody, room.id, small_house.eliza, 0, "half \ud83d"))

    told = frames(waiting.get(timeout=5))
    assert [name for name, _ in told] == ["user_message", "error"]
    assert (told[-1][1]["type"], told[-1][1]["code"]) == ("error", "INTERNAL_ERROR")
    [logged] = [record for record in caplog.records if record.getMessage() == "stream failed"]
    assert logged.exc_info is not None
    assert told[-1][1]["error"] == f"Internal server error (reference {vars(logged)['reference']})"


@pytest.mark.parametrize("transport", ["http", "sse"])
def test_who_waits_where_no_agent_is_does_not_wait_long(house: House, transport: str) -> None:
    room = house.room("Ada", "Bob")

    answer = room.post("Ada", "Hi!", transport=transport)

    assert answer.status_code in {200, 201}
    assert room.history() == ["Hi!"]


def test_an_agent_that_is_stopped_is_named_with_the_reason(house: House) -> None:
    house.stop(house.eliza)
    room = house.private("Ada", house.eliza)

    answer = room.asks("Ada", "Hi!")

    assert answer.status_code == 201
    assert "agentResponse" not in answer.json
    assert [(turn["agentName"], turn["status"], turn["reason"]) for turn in answer.json["turns"]] == [
        ("Eliza", "ignored", "Eliza is stopped")
    ]


def test_all_agents_of_a_room_are_waited_for(house: House) -> None:
    house.model.will_say("One.", "Two.")
    room = house.room("Ada", house.eliza, house.agent("Alpha"))

    answer = room.asks("Ada", "Eliza, Alpha, say something!")

    assert sorted(reply["text"] for reply in answer.json["agentResponses"]) == ["One.", "Two."]
    assert len(room.history()) == 3


def test_who_replied_counts_when_another_failed(house: House) -> None:
    house.model.will_say("One.", ModelRefused("No."))
    room = house.room("Ada", house.eliza, house.agent("Alpha"))

    answer = room.asks("Ada", "Eliza, Alpha, say something!")

    assert answer.status_code == 201
    assert [reply["text"] for reply in answer.json["agentResponses"]] == ["One."]
    assert sorted(turn["status"] for turn in answer.json["turns"]) == ["failed", "replied"]


@pytest.mark.parametrize("transport", ["http", "sse"])
def test_a_wait_has_an_end_and_the_answer_comes_later(open_house: Callable[..., House], transport: str) -> None:
    house = open_house(reply_timeout=0.1)
    house.model.gate = Event()
    room = house.private("Ada", house.eliza)

    answer = room.post("Ada", "Hi!", transport=transport)

    told = answer.json if transport == "http" else frames(answer)[-1][1]
    assert [turn["status"] for turn in told["turns"]] == ["running"]
    assert "agentResponse" not in told
    house.model.gate.set()
    room.reads("Hi!", "All right.")


def test_two_quick_questions_get_two_answers_in_order(house: House) -> None:
    house.model.will_say("To the first.", "To the second.")
    house.model.gate = Event()
    room = house.private("Ada", house.eliza)
    first, second = room.says("Ada", "First?"), room.says("Ada", "Second?")
    eventually(lambda: house.model.prompts)

    house.model.gate.set()

    room.reads("First?", "Second?", "To the first.", "To the second.")
    answers = room.messages(after_seq=2)
    assert [answer["inReplyToRootMessageId"] for answer in answers] == [first["id"], second["id"]]


def test_many_who_ask_at_once_each_get_their_own_answer(open_house: Callable[..., House]) -> None:
    house = open_house(model=ScriptedModel(otherwise=lambda prompt: f"You said: {prompt.lines[-1].text}"))
    rooms = {person: house.private(person, house.eliza) for person in ("Ada", "Bob", "Cleo", "Dora", "Emil")}

    def ask(person: str) -> str:
        answer: str = rooms[person].asks(person, f"I am {person}.").json["agentResponse"]["text"]
        return answer

    answers = at_once(*(partial(ask, person) for person in rooms))

    assert answers == [f"You said: I am {person}." for person in rooms]
