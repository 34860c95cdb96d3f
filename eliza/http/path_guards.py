"""Path guards: what others have is not there. Every id in a path is looked at before the view is called.

A guard belongs to a parameter of the path, so that a new route has it without asking. What it finds out of reach it
answers exactly as it answers what does not exist.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from eliza.access.principal import Principal
from eliza.errors import NotFound
from eliza.ids import is_uuid

Guard = Callable[[Principal, Mapping[str, Any]], None]
"""Raises what the slice raises for an id that nobody has. It is given all that the path names, as text."""


class PathGuards:
    """Whoever sees all conversations reaches everything; of others each id in a path is looked at by its guard."""

    def __init__(self) -> None:
        self._guards: dict[str, Guard] = {}

    def guard(self, parameter: str, guard: Guard) -> None:
        """Have ``guard`` look at every path in which ``parameter`` stands."""
        self._guards[parameter] = guard

    def guard_id(
        self, parameter: str, is_within: Callable[[UUID, UUID], bool], unknown: Callable[[UUID], NotFound]
    ) -> None:
        """Guard a parameter that holds an id, given whether an id is within the reach of a person.

        An id that nobody has must be within nobody's: both are answered here, before anything else is looked at.
        """

        def guard(principal: Principal, path: Mapping[str, Any]) -> None:
            person, text = principal.scope, str(path[parameter])
            # What is no id is left to the view: it has a word for that, and nobody has it.
            if person is not None and is_uuid(text) and not is_within(UUID(text), person):
                raise unknown(UUID(text))

        self.guard(parameter, guard)

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
