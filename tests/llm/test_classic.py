from math import isclose, sqrt

import pytest

from eliza.llm import calls
from eliza.llm.classic import ClassicEliza, HashingEmbedder, reflect, reply
from eliza.llm.errors import ModelRefused
from eliza.llm.types import Delta, Line, Prompt

ELIZA = ClassicEliza()


def said(*lines: str) -> Prompt:
    """A conversation begun by a person, each line answered in turn."""
    return Prompt(tuple(Line("assistant" if at % 2 else "user", text) for at, text in enumerate(lines)))


@pytest.mark.parametrize(
    ("remark", "answer"),
    [
        ("Hello!", "Hello. What would you like to talk about?"),
        ("hi there", "Hello. What would you like to talk about?"),
        ("Hi, I am sad", "What makes you feel sad?"),
        ("I am sad because of my exam", "What makes you feel sad?"),
        ("I\u2019m worried", "What makes you feel worried?"),
        ("I want to learn your language", "What would change for you if you could learn my language?"),
        ("I think you are hiding from me", "What leads you to say that I am hiding from you?"),
        ("Ada: my boat is leaking", "Say more about your boat."),
        ("If I lose my job, what then?", "How likely is it that you lose your job?"),
        ("qwertz", "Please tell me more."),
        ("", "Please tell me more."),
    ],
)
def test_the_highest_ranked_rule_that_fits_gives_the_answer(remark: str, answer: str) -> None:
    assert reply(said(remark)) == answer


@pytest.mark.parametrize("question", ["Who are you?", "what are you", "Are you a real person?", "What is your name?"])
def test_it_says_truthfully_what_it_is(question: str) -> None:
    assert "pattern-matching program" in reply(said(question))
    assert "no language model is set up" in reply(said(question))


def test_it_does_not_say_again_what_it_has_just_said() -> None:
    first = reply(said("I feel cold"))

    assert reply(said("I feel cold", first, "I feel cold")) != first


def test_it_comes_back_to_an_earlier_remark_when_no_rule_fits() -> None:
    answer = reply(said("my garden is dry", "Say more about your garden.", "hmm"))

    assert answer == "A while ago you spoke of your garden. Is there a connection?"


def test_the_same_conversation_gets_the_same_answer() -> None:
    prompt = said("Hello", "Hello. What would you like to talk about?", "The weather")

    assert reply(prompt) == reply(prompt)


def test_it_speaks_word_by_word() -> None:
    pieces = list(calls.stream(ELIZA, said("I need help")))

    assert pieces[:3] == [Delta("What "), Delta("would "), Delta("change ")]


def test_it_keeps_to_the_length_it_is_given() -> None:
    answer = calls.complete(ELIZA, Prompt((Line("user", "I need help"),), max_tokens=2))

    assert (answer.text, answer.reason) == ("What would ", "length")


def test_it_refuses_to_fill_in_forms() -> None:
    with pytest.raises(ModelRefused):
        calls.complete(ELIZA, Prompt((Line("user", "Hello"),), schema={"type": "object"}))


@pytest.mark.parametrize(
    ("mine", "yours"),
    [
        ("I lost my key", "you lost your key"),
        ("you are kind to me", "I am kind to you"),
        ("he told you that you were late", "he told me that I was late"),
        ("I'm proud of myself", "you're proud of yourself"),
    ],
)
def test_words_are_turned_round(mine: str, yours: str) -> None:
    assert reflect(mine) == yours


def test_a_long_remark_is_answered_without_delay() -> None:
    assert len(reply(said("because " * 20_000))) < 200


def similarity(one: str, two: str) -> float:
    left, right = HashingEmbedder().embed([one, two])
    return sum(a * b for a, b in zip(left, right, strict=True))


def test_texts_that_share_words_are_nearer_than_texts_that_do_not() -> None:
    near = similarity("Ada keeps bees in her garden", "Does Ada still keep bees?")
    far = similarity("Ada keeps bees in her garden", "The train leaves at nine")

    assert near > far + 0.2


def test_every_text_gets_a_unit_vector() -> None:
    vectors = calls.embed(HashingEmbedder(), ["hello", "", "你好", "a" * 100_000])

    assert all(isclose(sqrt(sum(n * n for n in vector)), 1) for vector in vectors)


def test_the_same_text_has_the_same_vector_in_every_process() -> None:
    [vector] = HashingEmbedder().embed(["bees"])

    assert [(at, round(n, 3)) for at, n in enumerate(vector) if n] == [
        (6, 0.312),
        (213, -0.312),
        (252, 0.312),
        (296, -0.312),
        (328, -0.781),
    ]
