"""Reach: what others have is not there. Every id in a path is looked at before the view is called.

A guard belongs to a parameter of the path, so that a new route has it without asking. What it finds out of reach it
answers exactly as it answers what does not exist.
"""

from collections.abc import Callable, Mapping
from typing import Any

from eliza.access.principal import Principal

Guard = Callable[[Principal, Mapping[str, Any]], None]
"""Raises what the slice raises for an id that nobody has. It is given all that the path names, as text."""


class Reach:
    """Whoever sees all conversations reaches everything; of others each id in a path is looked at by its guard."""

    def __init__(self) -> None:
        self._guards: dict[str, Guard] = {}

    def guard(self, parameter: str, guard: Guard) -> None:
        """Have ``guard`` look at every path in which ``parameter`` stands."""
        self._guards[parameter] = guard

    @property
    def guarded(self) -> frozenset[str]:
        return frozenset(self._guards)

    def require(self, principal: Principal, path: Mapping[str, Any]) -> None:
        """Raises a ``NotFound`` for the first id that is out of reach."""
        if principal.sees_all:
            return
        for parameter in path:
            if parameter in self._guards:
                self._guards[parameter](principal, path)
