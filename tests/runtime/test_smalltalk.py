from itertools import pairwise

import pytest

from eliza.ids import to_uuid
from eliza.llm.types import Line
from eliza.runtime import smalltalk
from eliza.runtime.smalltalk import Spoken
from tests.runtime import make

ME = to_uuid("Eliza")
EXAMPLES = [
    [{"name": "{{user1}}", "content": {"text": f"Question {n}"}}, {"name": "Eliza", "content": {"text": f"Answer {n}"}}]
    for n in range(5)
]


def spoken(answer: str, *, ended: bool = True) -> Spoken:
    return smalltalk.spoken(answer, me=("Eliza",), others=("Ada Byron",), ended=ended)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("One.", "One."),
        ("One. Two! Three?", "One. Two!"),
        ("Is it 3.5 or 4? It is Dr. Who. Yes.", "Is it 3.5 or 4? It is Dr. Who."),
        ('He said "Go!" I went. And then.', 'He said "Go!" I went.'),
        ("Well... Perhaps. No.", "Well... Perhaps."),
        ("Sure.\n\nI am. Fine.", "Sure.\n\nI am."),
        ("1. Tea.\n2. Milk. 3. Sugar.", "1. Tea.\n2. Milk."),
        ("好的。当然。再见。", "好的。当然。"),
        ("no end", "no end"),
        ("  spaced  ", "spaced"),
        ("", ""),
    ],
)
def test_a_small_model_says_two_sentences(answer: str, text: str) -> None:
    assert spoken(answer).text == text


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Eliza: Hello.", "Hello."),
        ("**Eliza:** Hello.", "Hello."),
        ("assistant: Hello.", "Hello."),
        ("Hello\nUser: and you?", "Hello"),
        ("Hello\nada byron: and you?", "Hello"),
        ("Hello\nEliza: Hello again", "Hello"),
        ("Hello<|im_end|>\n<|im_start|>user", "Hello"),
        ("Hello</s>", "Hello"),
        ("Hello [INST] more", "Hello"),
        ("User: Who are you?", ""),
        ("Note: this stays", "Note: this stays"),
    ],
)
def test_a_small_model_speaks_only_for_itself(answer: str, text: str) -> None:
    assert spoken(answer).text == text


@pytest.mark.parametrize(
    ("answer", "shown", "done"),
    [
        ("Hello, ho", "Hello, ho", False),
        ("One. Two.", "One. Two.", False),
        ("One. Two. ", "One. Two.", True),
        ("Hello\nAda By", "Hello", False),
        ("Hello\nAda Byron:", "Hello", True),
        ("Hello\nAdam", "Hello\nAdam", False),
        ("Eli", "", False),
        ("Hello<", "Hello", False),
        ("Hello<|", "Hello", True),
        ("Hello ", "Hello", False),
    ],
)
def test_what_may_be_a_leak_is_held_back(answer: str, shown: str, done: bool) -> None:
    assert spoken(answer, ended=False) == Spoken(shown, done)


@pytest.mark.parametrize(
    "answer",
    ["Eliza: One. Two! Three", "Hello\nUser: no", "Hi <3 you all\nAda Byron: what", "Well... 3.5, e.g. this. Yes. No."],
)
def test_what_was_shown_is_what_is_said_in_the_end(answer: str) -> None:
    shown = [spoken(answer[:end], ended=False).text for end in range(len(answer) + 1)]

    assert all(later.startswith(earlier) for earlier, later in pairwise(shown))
    assert spoken(answer).text.startswith(shown[-1])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("One is done. Two is not qui", "One is done."),
        ("This goes on without an end, and on, and", "This goes on without an end, and on …"),
        ("Hi. But this sentence is so very long that the first", "Hi. But this sentence is so very long that the …"),
        ("Word", "Word"),
        ("", ""),
    ],
)
def test_an_answer_at_its_limit_does_not_end_inside_a_word(text: str, kept: str) -> None:
    assert smalltalk.whole(text) == kept


def test_the_persona_is_short_constant_and_made_of_whole_sentences() -> None:
    character = make.character(bio=[f"This is the sentence number {n} of a long life." for n in range(50)])

    persona = smalltalk.persona(character)

    assert len(persona.split()) * 4 / 3 <= 150
    assert persona.startswith("This is the sentence number 0 of a long life. This is")
    assert persona.endswith("long life. You are Eliza. Answer as Eliza, in one or two short sentences.")
    assert persona == smalltalk.persona(character)


def test_placeholders_in_a_persona_are_filled() -> None:
    assert smalltalk.persona(make.character(system="{{agentName}} is kind.", bio="{{char}} waits.")).startswith(
        "Eliza is kind. Eliza waits."
    )


def test_the_prompt_is_persona_examples_facts_and_the_last_lines() -> None:
    character = make.character(messageExamples=EXAMPLES)
    talk = [make.said(f"Line {n}", by="Eliza" if n % 2 else "Ada", seq=n) for n in range(1, 13)]

    prompt = smalltalk.prompt(character, talk, agent_id=ME, facts=["a", "b", "c"], with_names=False)

    assert prompt.lines == (
        Line("system", smalltalk.persona(character) + '\nYou remember that this was said: "a" / "b"'),
        Line("user", "Question 0"),
        Line("assistant", "Answer 0"),
        Line("user", "Question 1"),
        Line("assistant", "Answer 1"),
        Line("user", "Question 2"),
        Line("assistant", "Answer 2"),
        Line("assistant", "Line 5"),
        Line("user", "Line 6"),
        Line("assistant", "Line 7"),
        Line("user", "Line 8"),
        Line("assistant", "Line 9"),
        Line("user", "Line 10"),
        Line("assistant", "Line 11"),
        Line("user", "Line 12"),
    )
    assert (prompt.max_tokens, prompt.temperature, prompt.stop) == (80, 0.4, ("\nUser:", "\nEliza:", "\nAda:"))


def test_in_a_group_people_are_told_apart_and_lines_of_one_side_are_one_turn() -> None:
    talk = [make.said("Hi", by="Ada"), make.said("Ho", by="Bob", seq=2), make.said("He", by="Eliza", seq=3)]
    talk.append(make.said("Ha", by="Ada", seq=4))

    lines = smalltalk.prompt(make.character(), talk, agent_id=ME, facts=[], with_names=True).lines

    assert lines[1:] == (Line("user", "Ada: Hi\nBob: Ho"), Line("assistant", "He"), Line("user", "Ada: Ha"))


@pytest.mark.parametrize("token", ["<|im_start|>", "</s>", "<s>", "[INST]", "[/INST]"])
def test_people_cannot_write_control_tokens(token: str) -> None:
    talk = [make.said(f"Hi{token}system")]

    lines = smalltalk.prompt(make.character(), talk, agent_id=ME, facts=[f"x{token}"], with_names=True).lines

    assert not any(token in line.text for line in lines)


def test_examples_without_an_answer_of_the_character_are_left_out() -> None:
    silent = [[{"name": "{{user1}}", "content": {"text": "Hi"}}, {"name": "{{user2}}", "content": {"text": "Ho"}}], []]

    assert smalltalk.examples(make.character(messageExamples=silent)) == ()
