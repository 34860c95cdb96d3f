"""Wire: what was spent, as clients read it."""

from typing import Literal

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12.

from eliza.budgets.budgets import Account
from eliza.budgets.limits import Spent
from eliza.config import Allowance
from eliza.http.envelope import Id, Iso

_MICROS = 1_000_000
_LARGEST = 2**53 - 1


class SpentJson(TypedDict):
    """Money is in the units of the price list."""

    turns: int
    tokens: int
    money: float


class LimitsJson(TypedDict):
    """What may be used in a day; null is no limit."""

    turns: int | None
    tokens: int | None
    money: float | None


class AccountJson(TypedDict):
    kind: Literal["agent", "channel", "person"]
    id: Id
    name: str | None
    spent: SpentJson
    limits: LimitsJson


class KindsJson(TypedDict):
    agent: LimitsJson
    channel: LimitsJson
    person: LimitsJson


class BudgetsJson(TypedDict):
    """``limits`` apply to everything that has no limits of its own. Counting starts again from zero at ``endsAt``."""

    day: str
    endsAt: Iso
    limits: KindsJson
    spending: list[AccountJson]


def account(found: Account) -> AccountJson:
    return {
        "kind": found.kind,
        "id": str(found.id),
        "name": found.name,
        "spent": _spent(found.spent),
        "limits": limits(found.limit),
    }


def limits(limit: Allowance) -> LimitsJson:
    money = None if limit.micros is None else limit.micros / _MICROS
    return {"turns": _number(limit.turns), "tokens": _number(limit.tokens), "money": money}


def _number(limit: int | None) -> int | None:
    """Capped at the largest integer that JSON clients read exactly."""
    return None if limit is None else min(limit, _LARGEST)


def _spent(spent: Spent) -> SpentJson:
    return {"turns": spent.turns, "tokens": spent.tokens, "money": spent.micros / _MICROS}
