"""TurnBudget: what a turn may spend on models. ``eliza.budgets`` answers from what was spent today."""

from typing import Protocol

from eliza.runtime.records import ModelCall


class TurnBudget(Protocol):
    def objection(self) -> str | None:
        """Why no model may be called now, in words for people, or None if one may."""
        ...

    def start(self) -> None:
        """Before the first call of a turn, which counts from now on. Raises ``Stop`` with the objection."""
        ...

    def record(self, call: ModelCall) -> None:
        """To be told of each call when it is over, also of one that was broken off."""
        ...


class UnlimitedBudget:
    """For turns that nobody counts."""

    def objection(self) -> str | None:
        return None

    def start(self) -> None:
        return

    def record(self, call: ModelCall) -> None:
        return
