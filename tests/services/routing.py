"""Routing: what werkzeug makes of a rule, made once for all the servers that a run of the tests starts."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def remember_builders() -> None:
    """Two thirds of the time in which a server starts go into compiling the same rules as for the one before it.

    What is made of a rule without defaults follows from its parts alone; the rule itself comes in as an argument.
    """
    compiled: Callable[..., Builder] = Rule._compile_builder
    known: dict[Any, Builder] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return compiled(rule, append_unknown)
        key = (tuple(rule._trace), append_unknown)
        if key not in known:
            known[key] = compiled(rule, append_unknown)
        return known[key]

    Rule._compile_builder = builder  # type: ignore[assignment, method-assign]  # Werkzeug keeps nothing from one map to the next.
