"""Path guards: check every id in a path before the view is called.

A guard is registered for a path parameter, so every new route with that parameter is protected automatically. An id
that the caller may not access gets exactly the same answer as one that does not exist.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from eliza.access.principal import Principal
from eliza.errors import NotFound
from eliza.ids import is_uuid

Guard = Callable[[Principal, Mapping[str, Any]], None]
"""Raises the error for an unknown id. It receives all parameters of the path, as text."""


class PathGuards:
    """The guards by path parameter. They are skipped for callers who may see all conversations."""

    def __init__(self) -> None:
        self._guards: dict[str, Guard] = {}

    def guard(self, parameter: str, guard: Guard) -> None:
        """Have ``guard`` check every path that contains ``parameter``."""
        self._guards[parameter] = guard

    def guard_id(
        self, parameter: str, is_within: Callable[[UUID, UUID], bool], unknown: Callable[[UUID], NotFound]
    ) -> None:
        """Guard a parameter that holds an id. ``is_within`` tells whether a person may access an id.

        It must be False for an id that does not exist, so that both cases raise ``unknown`` here.
        """

        def guard(principal: Principal, path: Mapping[str, Any]) -> None:
            person, text = principal.scope, str(path[parameter])
            # A text that is not an id is left to the view, which reports it as invalid.
            if person is not None and is_uuid(text) and not is_within(UUID(text), person):
                raise unknown(UUID(text))

        self.guard(parameter, guard)

    @property
    def guarded(self) -> frozenset[str]:
        return frozenset(self._guards)

    def require(self, principal: Principal, path: Mapping[str, Any]) -> None:
        """Raises the ``NotFound`` of the first id that the caller may not access."""
        if principal.sees_all:
            return
        for parameter in path:
            if parameter in self._guards:
                self._guards[parameter](principal, path)
