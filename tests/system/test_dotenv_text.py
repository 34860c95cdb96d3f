"""Dotenv text: what is written into a .env file is read from it again, and the rest of the file stays."""

from io import StringIO

import pytest
from dotenv import dotenv_values

from eliza.system.dotenv_text import rewritten, values

FILE = """\
# The server.
SERVER_PORT=3000 # the usual

export OPENAI_API_KEY='sk-1'
this line says nothing
FLAG
QUOTED="two words"
"""


def test_nothing_changes_when_nothing_has_changed() -> None:
    assert rewritten(FILE, values(FILE)) == FILE


def test_what_has_changed_is_written_in_its_place_and_the_rest_stays() -> None:
    wanted = {"SERVER_PORT": "4000", "OPENAI_API_KEY": "sk 2", "NEW": "it's"}

    assert rewritten(FILE, wanted) == (
        "# The server.\n"
        "SERVER_PORT=4000 # the usual\n"
        "\n"
        "export OPENAI_API_KEY='sk 2'\n"
        "this line says nothing\n"
        "FLAG\n"
        "NEW='it\\'s'\n"
    )


def test_of_a_variable_that_is_there_twice_the_one_that_counts_is_kept() -> None:
    assert rewritten("A=1\n# b\nA=2", {"A": "3"}) == "# b\nA=3\n"
    assert rewritten("A=1\n# b\nA=2", {"A": "2"}) == "# b\nA=2\n"


def test_the_names_of_other_variables_stay_names() -> None:
    assert values("A=1\nB=${A}0\n") == {"A": "1", "B": "${A}0"}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "plain",
        " spaces around ",
        "a # b",
        "#a",
        "it's",
        '"quoted"',
        "'",
        "\\",
        "C:\\dir\\",
        "\\'",
        "tab\there",
        "$HOME `ls` $(ls)",
        "a=b",
        "ünï ☕",
        "export X=1",
        "postgresql://u:p@h/db?a=1&b=2",
    ],
)
def test_whatever_is_written_is_read_again(value: str) -> None:
    text = rewritten("BEFORE='x'\n", {"BEFORE": "x", "VALUE": value, "AFTER": "it's"})

    assert dotenv_values(stream=StringIO(text)) == {"BEFORE": "x", "VALUE": value, "AFTER": "it's"}
