"""Limits: what may be used in a day, and the messages shown when a limit is reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from eliza.config import Allowance

Kind = Literal["agent", "channel", "person"]

SETTING = "budget"
"""The key of an agent's own limits in its settings."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used today, in the units of an ``Allowance``."""

    turns: int = 0
    tokens: int = 0
    micros: int = 0


NO_LIMIT = Allowance()


def own(settings: Mapping[str, object], default: Allowance) -> Allowance:
    """The limits of an agent by its own settings. A null lifts a limit; a value that is not a number is ignored."""
    said = settings.get(SETTING)
    if not isinstance(said, Mapping):
        return default
    return Allowance(
        turns=_limit(said, "turnsPerDay", default.turns),
        tokens=_limit(said, "tokensPerDay", default.tokens),
        micros=_limit(said, "moneyPerDay", default.micros, unit=1_000_000),
    )


def used_up(limit: Allowance, spent: Spent, *, is_counted: bool = False) -> str | None:
    """The part of the limit that is used up, worded for a sentence; None if there is something left.

    A turn that is already counted does not count against itself.
    """
    if limit.turns is not None and spent.turns >= limit.turns and not is_counted:
        return _counted(limit.turns, "turn")
    if limit.tokens is not None and spent.tokens >= limit.tokens:
        return _counted(limit.tokens, "token")
    if limit.micros is not None and spent.micros >= limit.micros:
        return f"budget of {limit.micros / 1_000_000:,.2f}"
    return None


def refusal(kind: Kind, what: str, agent_name: str) -> str:
    """Why there is no answer, and when there will be one again."""
    when = "again tomorrow at 00:00 UTC"
    match kind:
        case "agent":
            return f"{agent_name} has used its {what} for today; it answers {when}"
        case "channel":
            return f"this channel has used its {what} for today; agents answer here {when}"
        case "person":
            return f"the person who asked has used their {what} for today; they get answers {when}"


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
