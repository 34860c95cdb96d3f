"""Limits: what may be used in a day, what was, and what people are told when it is used up."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from eliza.config import Allowance

Kind = Literal["agent", "channel", "person"]

SETTING = "budget"
"""Where an agent's settings say its own limits."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used today, in the units of an ``Allowance``."""

    turns: int = 0
    tokens: int = 0
    micros: int = 0


NO_LIMIT = Allowance()


def own(settings: Mapping[str, object], default: Allowance) -> Allowance:
    """What an agent may use by its own settings. A null there lifts a limit; what is no number changes none."""
    said = settings.get(SETTING)
    if not isinstance(said, Mapping):
        return default
    return Allowance(
        turns=_limit(said, "turnsPerDay", default.turns),
        tokens=_limit(said, "tokensPerDay", default.tokens),
        micros=_limit(said, "moneyPerDay", default.micros, unit=1_000_000),
    )


def used_up(limit: Allowance, spent: Spent, *, is_counted: bool = False) -> str | None:
    """What of it is used up, as it stands in a sentence; None if there is more.

    A turn that is counted already does not count against itself.
    """
    if limit.turns is not None and spent.turns >= limit.turns and not is_counted:
        return _counted(limit.turns, "turn")
    if limit.tokens is not None and spent.tokens >= limit.tokens:
        return _counted(limit.tokens, "token")
    if limit.micros is not None and spent.micros >= limit.micros:
        return f"budget of {limit.micros / 1_000_000:,.2f}"
    return None


def refusal(kind: Kind, what: str, agent_name: str) -> str:
    """Why nobody is answered, and when somebody is again."""
    when = "again tomorrow at 00:00 UTC"
    match kind:
        case "agent":
            return f"{agent_name} has used its {what} for today; it answers {when}"
        case "channel":
            return f"this channel has used its {what} for today; agents answer here {when}"
        case "person":
            return f"the person who asked has used their {what} for today; they are answered {when}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _limit(said: Mapping[str, object], name: str, default: int | None, *, unit: int = 1) -> int | None:
    if name not in said:
        return default
    value = said[name]
    if value is None:
        return None
    try:
        number = float(str(value)) * unit
    except ValueError:
        return default
    return round(number) if isfinite(number) and number >= 0 else default
