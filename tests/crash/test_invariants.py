"""The checks themselves must bite: each broken promise is found, and a sound channel is left in peace."""

import pytest

from tests.crash.invariants import Message, Turn, violations
from tests.crash.journal import Acknowledgement, Heard, Question

ADA = "ada"
CHANNEL = "channel"


def question(number: int, seq: int | None = None) -> Question:
    word = Acknowledgement(f"q{number}", seq) if seq else None
    return Question(CHANNEL, "person", f"question {number}", f"key {number}", "socket", word)


def asked(number: int, seq: int, status: str = "replied") -> Message:
    return Message(f"q{number}", seq, "person", f"question {number}", turns=(Turn(ADA, status),))


def answered(number: int, seq: int) -> Message:
    return Message(f"a{number}-{seq}", seq, ADA, f"answer {number}", reply_to=f"q{number}")


SOUND = [asked(1, 1), asked(2, 2), answered(1, 3), answered(2, 4)]


def promises(messages: list[Message], questions: list[Question], heard: list[Heard] | None = None) -> list[str]:
    return [found.promise for found in violations({CHANNEL: messages}, questions, heard or [], {CHANNEL: ADA})]


def test_a_sound_channel_breaks_no_promise() -> None:
    heard = [Heard(CHANNEL, "a2-4", 4, "answer 2")]

    assert promises(SOUND, [question(1, 1), question(2, 2)], heard) == []


@pytest.mark.parametrize(
    ("messages", "promise"),
    [
        ([asked(1, 1), answered(1, 3)], "seq counts 1..n without a hole"),
        ([asked(1, 1), asked(1, 2), answered(1, 3)], "an acknowledged message is there once"),
        ([], "an acknowledged message is there once"),
        ([asked(1, 1, "running"), answered(1, 2)], "every turn ends"),
        ([asked(1, 1)], "a question gets exactly one answer"),
        ([asked(1, 1), answered(1, 2), answered(1, 3)], "a question gets exactly one answer"),
        ([asked(1, 1, "failed"), answered(1, 2)], "a question gets exactly one answer"),
        ([asked(1, 1), asked(2, 2), answered(2, 3), answered(1, 4)], "answers come in the order of their questions"),
    ],
    ids=["hole", "doubled", "lost", "unfinished", "silent", "answered-twice", "failed", "overtaken"],
)
def test_a_broken_promise_is_found(messages: list[Message], promise: str) -> None:
    assert promise in promises(messages, [question(1, 1)])


def test_a_submission_nobody_acknowledged_is_found() -> None:
    assert promises([], [question(1)]) == ["every submission is acknowledged in the end"]


@pytest.mark.parametrize("heard", [Heard(CHANNEL, "ghost", 5, "boo"), Heard(CHANNEL, "a2-4", 3, "answer 2")])
def test_what_was_told_and_is_not_stored_so_is_found(heard: Heard) -> None:
    found = promises(SOUND, [question(1, 1), question(2, 2)], [heard])

    assert found == ["what a listener was told is in the list, with the same seq"]
