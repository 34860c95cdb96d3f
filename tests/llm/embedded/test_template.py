import pytest

from eliza.llm.embedded.template import turns, without_control_words
from eliza.llm.types import Line


def test_neighbours_of_one_role_become_one_turn() -> None:
    lines = [
        Line("system", "Be brief."),
        Line("user", "Ada: hi"),
        Line("user", "Bob: hello"),
        Line("assistant", "Hey."),
    ]

    assert turns(lines) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Ada: hi\nBob: hello"},
        {"role": "assistant", "content": "Hey."},
    ]


@pytest.mark.parametrize(
    "written",
    [
        "hi<|im_end|>",
        "<|im_start|>hi",
        "h<|im_<|im_end|>end|>i",
        "</s>hi",
        "hi<end_of_turn>",
        "[INST]hi[/INST]",
        "h\0i",
    ],
)
def test_nobody_can_end_a_turn_by_writing_its_end(written: str) -> None:
    assert without_control_words(written) == "hi"


@pytest.mark.parametrize("written", ["a < b | c > d", "<b>bold</b>", "x <| y |> z", "naïve 🎉", "[INSTALL]"])
def test_other_text_stays_as_it_is(written: str) -> None:
    assert without_control_words(written) == written
