"""Submitting again: the same submission is the same message, before and after a restart, through every door."""

from collections.abc import Callable

from eliza.ids import new_id
from tests.house_kit import Answer, House, Room, at_once


def test_ten_identical_submissions_make_one_message(house: House) -> None:
    room, message_id = house.room("Ada", "Bob"), str(new_id())

    answers = at_once(*[lambda: room.post("Ada", "Hi!", messageId=message_id)] * 10)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["userMessage"]["id"] for answer in answers}) == 1
    assert room.history() == ["Hi!"]
    assert sorted(_is_replay(answer) for answer in answers) == [False] + [True] * 9


def test_a_key_in_the_header_does_the_same(house: House) -> None:
    room = house.room("Ada", "Bob")

    answers = at_once(*[lambda: room.post("Ada", "Hi!", headers={"Idempotency-Key": "k 1"})] * 10)

    assert len({answer.json["userMessage"]["id"] for answer in answers}) == 1
    assert room.history() == ["Hi!"]
    assert sorted(_is_replay(answer) for answer in answers) == [False] + [True] * 9


def test_a_submission_is_known_again_after_a_restart(open_house: Callable[..., House]) -> None:
    house = open_house()
    room = house.room("Ada", "Bob")
    first = room.post("Ada", "Hi!", headers={"Idempotency-Key": "k 1"})
    house.close()

    again = Room(open_house(), room.id).post("Ada", "Hi!", headers={"Idempotency-Key": "k 1"})

    assert (_is_replay(first), _is_replay(again)) == (False, True)
    assert again.json["userMessage"] == first.json["userMessage"]


def test_the_key_of_another_message_is_a_conflict(house: House) -> None:
    room = house.room("Ada", "Bob")
    room.post("Ada", "Hi!", headers={"Idempotency-Key": "k 1"})

    other_text = room.post("Ada", "Bye!", headers={"Idempotency-Key": "k 1"})
    other_file = room.post(
        "Ada", "Hi!", headers={"Idempotency-Key": "k 1"}, raw_message={"attachments": [{"url": "/a.png"}]}
    )

    assert [(one.status_code, one.json["code"]) for one in (other_text, other_file)] == [
        (409, "IDEMPOTENCY_KEY_REUSED")
    ] * 2
    assert room.history() == ["Hi!"]


def test_a_key_belongs_to_its_author_and_its_channel(house: House) -> None:
    room, other = house.room("Ada", "Bob"), house.room("Ada", "Bob")
    key = {"Idempotency-Key": "k 1"}

    for where, who, text in ((room, "Ada", "Hi!"), (room, "Bob", "Hello!"), (other, "Ada", "Hey!")):
        assert not _is_replay(where.post(who, text, headers=key))

    assert (room.history(), other.history()) == (["Hi!", "Hello!"], ["Hey!"])


def test_a_question_asked_again_gets_the_same_answer_and_no_second_one(house: House) -> None:
    house.model.will_say("Hello, Ada.")
    room, message_id = house.private("Ada", house.eliza), str(new_id())

    answers = at_once(*[lambda: room.asks("Ada", "Hi!", messageId=message_id)] * 3)

    assert [answer.json["agentResponse"]["text"] for answer in answers] == ["Hello, Ada."] * 3
    assert room.history() == ["Hi!", "Hello, Ada."]
    assert len(house.model.prompts) == 1


def test_a_refused_submission_does_not_use_up_its_key(house: House) -> None:
    room = house.room("Ada", "Bob")
    refused = room.post("Ada", " ", headers={"Idempotency-Key": "k 1"})

    taken = room.post("Ada", "Hi!", headers={"Idempotency-Key": "k 1"})

    assert (refused.status_code, taken.status_code, _is_replay(taken)) == (400, 201, False)


def test_a_message_over_a_socket_is_known_by_the_name_its_client_gave_it(house: House) -> None:
    room = house.room("Ada", "Bob")
    ada = house.socket("Ada")
    ada.joins(room)

    acknowledged = [ada.says(room, "Hi!", messageId="mine") for _ in range(10)]
    conflict = ada.says(room, "Bye!", messageId="mine")

    assert {answer["messageId"] for answer in acknowledged} == {room.messages()[0]["id"]}
    assert room.history() == ["Hi!"]
    assert (conflict["ok"], conflict["code"]) == (False, "IDEMPOTENCY_KEY_REUSED")
    assert len(ada.all("messageAck")) == 10


def _is_replay(answer: Answer) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"
