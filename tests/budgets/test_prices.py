"""Prices: what the list says, and what is wrong with it."""

from pathlib import Path

import pytest

from eliza.budgets.prices import Prices
from eliza.config import Settings
from eliza.errors import ConfigurationError
from eliza.llm.types import Usage


def test_a_model_is_found_under_its_whole_name_before_its_own() -> None:
    prices = Prices.read('{"gpt": {"input": 1, "output": 2}, "openai/gpt": {"input": 3, "output": 4}}')

    usage = Usage(prompt_tokens=10, completion_tokens=100)

    assert [prices.micros(model, usage) for model in ("openai/gpt", "other/gpt", "gpt", "unknown")] == [
        430,
        210,
        210,
        0,
    ]
    assert prices.missing(["openai/gpt", "unknown", "unknown"]) == ["unknown"]


def test_the_list_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"gpt": {"input": 0.15, "output": 0.6}}')

    assert Prices.read(str(path)).micros("gpt", Usage(1_000_000, 1_000_000)) == 750_000


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "nowhere.json",
        '{"gpt": 1}',
        '{"gpt": {"input": 1}}',
        '{"gpt": {"input": -1, "output": 1}}',
        '{"gpt": {"input": 1, "output": 1, "cached": 1}}',
    ],
)
def test_a_list_that_cannot_be_read_is_said_at_start(text: str) -> None:
    with pytest.raises(ConfigurationError, match="ELIZA_PRICES"):
        Prices.read(text)


def test_limits_are_read_from_the_environment() -> None:
    env = {
        "ELIZA_BUDGET_AGENT_TURNS_PER_DAY": "100",
        "ELIZA_BUDGET_CHANNEL_TOKENS_PER_DAY": "1000",
        "ELIZA_BUDGET_PERSON_MONEY_PER_DAY": "0.5",
    }

    budgets = Settings.from_env(env).budgets

    assert (budgets.agent.turns, budgets.channel.tokens, budgets.person.micros) == (100, 1000, 500_000)
    assert (budgets.agent.tokens, budgets.channel.turns, budgets.person.turns) == (None, None, None)


@pytest.mark.parametrize("value", ["-1", "many", "nan"])
def test_a_limit_that_is_no_number_keeps_the_server_from_starting(value: str) -> None:
    with pytest.raises(ConfigurationError, match="ELIZA_BUDGET_AGENT_TURNS_PER_DAY"):
        Settings.from_env({"ELIZA_BUDGET_AGENT_TURNS_PER_DAY": value})
