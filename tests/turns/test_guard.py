"""Guard: the same lines always lead to the same decision."""

import pytest

from eliza.turns.guard import Limits, Line, objection

LIMITS = Limits(in_a_row=4, hops=6)
HUMAN = Line(False, "And what do you think?", 0)
WORDS = ["Tea is hot.", "Rain falls.", "Seven cats sleep.", "Why not go home?", "Bread and butter.", "A long way off."]


def agents(count: int, *, first_hop: int = 1) -> list[Line]:
    return [Line(True, WORDS[index % len(WORDS)], first_hop + index) for index in range(count)]


TOO_MANY = "agents have written 4 messages in a row; a person has to speak first"
TOO_FAR = "the conversation is 6 replies away from a person's words"
REPEATING = "the agents are repeating themselves"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], None),
        ([HUMAN], None),
        ([HUMAN, *agents(1)], None),
        ([HUMAN, *agents(3)], None),
        ([HUMAN, *agents(4)], TOO_MANY),
        ([*agents(4)], TOO_MANY),
        ([*agents(4), HUMAN], None),
        ([*agents(4), HUMAN, *agents(3)], None),
        ([HUMAN, *agents(2, first_hop=4)], None),
        ([HUMAN, *agents(2, first_hop=5)], TOO_FAR),
    ],
    ids=[
        "nobody spoke",
        "a person spoke",
        "one agent",
        "one less than the limit",
        "the limit",
        "the limit, and no person in sight",
        "a person after the limit",
        "a person makes a fresh start",
        "nearly too far from a person",
        "too far from a person",
    ],
)
def test_agents_may_go_on_until_a_limit(lines: list[Line], expected: str | None) -> None:
    assert objection(lines, LIMITS) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Hello!", "Hello!", "Hello!"], REPEATING),
        (["Hello!", "Well.", "Hello!"], None),
        (["Hello!", "  hello! ", "HELLO!"], REPEATING),
        (
            ["Thank you so much for saying this, dear friend.", "Thank you so much for saying that, dear friend."] * 2,
            REPEATING,
        ),
        (["One.", "Two.", "Three."], None),
        (["a", "b", "c"], None),
        (["", "", ""], REPEATING),
    ],
    ids=["the same", "twice only", "but for case and space", "nearly the same", "different", "short", "empty"],
)
def test_agents_that_repeat_themselves_are_stopped(texts: list[str], expected: str | None) -> None:
    lines = [HUMAN, *(Line(True, text, 1 + index) for index, text in enumerate(texts))]

    assert objection(lines, Limits(in_a_row=10)) == expected


def test_a_person_may_say_the_same_again() -> None:
    lines = [Line(True, "Hello!", 1), Line(True, "Hello!", 2), HUMAN, Line(True, "Hello!", 1)]

    assert objection(lines, Limits(in_a_row=10)) is None


def test_a_limit_of_none_keeps_agents_from_answering_agents_at_all() -> None:
    assert objection([HUMAN, *agents(1)], Limits(in_a_row=0)) is not None


def test_very_long_lines_are_decided_on_quickly() -> None:
    lines = [HUMAN, *(Line(True, f"{'word ' * 20_000}{index}", 1 + index) for index in range(9))]

    assert objection(lines, Limits(in_a_row=10)) == REPEATING


def test_the_same_lines_lead_to_the_same_decision() -> None:
    lines = [HUMAN, *agents(3)]

    assert {objection(lines, LIMITS) for _ in range(5)} == {None}
