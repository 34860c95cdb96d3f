"""TurnBudget: what one turn may spend on models. ``eliza.budgets`` implements it with daily limits."""

from typing import Protocol

from eliza.runtime.records import ModelCall


class TurnBudget(Protocol):
    def objection(self) -> str | None:
        """Why no model may be called now, as a sentence for people; None if one may be called."""
        ...

    def start(self) -> None:
        """Count the turn; called before its first model call. Raises ``Stop`` if the budget is used up."""
        ...

    def record(self, call: ModelCall) -> None:
        """Note a finished model call, including one that was interrupted."""
        ...


class UnlimitedBudget:
    """No limit; nothing is counted."""

    def objection(self) -> str | None:
        return None

    def start(self) -> None:
        return

    def record(self, call: ModelCall) -> None:
        return
