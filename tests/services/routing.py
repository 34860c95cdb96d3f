"""Routing: what werkzeug makes of a rule, made once for all the servers that a run of the tests starts."""

from typing import Any

from werkzeug.routing import Rule


def remember_rules() -> None:
    """Most of the time in which a server starts goes into compiling the same rules as for the one before it.

    What is made of a rule without defaults follows from its text alone.
    """
    compiled = Rule.compile
    known: dict[Any, Rule] = {}

    def compile_once(rule: Rule) -> None:
        if rule.defaults:
            compiled(rule)
            return
        key = (rule.rule, rule.host, rule.subdomain, rule.merge_slashes)
        if key in known:
            _take_over(rule, known[key])
        else:
            compiled(rule)
            known[key] = rule

    Rule.compile = compile_once  # type: ignore[assignment, method-assign]  # Werkzeug keeps nothing from one map to the next.


def _take_over(rule: Rule, like: Rule) -> None:
    rule._parts, rule._trace, rule._converters = like._parts, like._trace, like._converters
    rule.arguments |= like.arguments
    for name in ("_build", "_build_unknown"):
        setattr(rule, name, getattr(like, name).__func__.__get__(rule))
