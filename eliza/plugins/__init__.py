"""Plugins: what agents can do, in parts. Eliza's own behaviour is the first of them, loaded like any other."""

from eliza.access.roles import Role
from eliza.plugins.bootstrap import BOOTSTRAP
from eliza.plugins.plugin import Plugin, assemble
from eliza.plugins.route import Caller, Reply, Request, Route

__all__ = ["BUILT_IN", "Caller", "Plugin", "Reply", "Request", "Role", "Route", "assemble"]

BUILT_IN: tuple[Plugin, ...] = (BOOTSTRAP,)
