"""The file .env.example: what an operator may set is what the code reads."""

import re

import pytest

from eliza.config import Settings
from tests.services.processes import ROOT


def test_the_example_shows_no_variable_that_nobody_reads() -> None:
    sources = "".join(path.read_text() for path in sorted((ROOT / "eliza").rglob("*.py")))

    assert {name for name in _shown() if f'"{name}"' not in sources} == set()


def test_an_untouched_copy_of_the_example_changes_nothing() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


@pytest.mark.parametrize("name", ["SERVER_HOST", "SERVER_PORT", "LOG_LEVEL", "EXPRESS_MAX_PAYLOAD", "ELIZA_UI_ENABLE"])
def test_what_the_example_calls_a_default_is_one(name: str) -> None:
    shown = re.search(rf"^# {name}=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert shown is not None
    assert _without_env(Settings.from_env({name: shown[1]})) == _without_env(Settings.from_env({}))


def _shown() -> set[str]:
    return set(re.findall(r"^# ([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def _without_env(settings: Settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in Settings.__slots__ if name != "env"}
