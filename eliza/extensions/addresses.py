"""Addresses: where the routes of a plugin are found. They never stand in the way of the server's own."""

import re
from dataclasses import dataclass

from werkzeug.routing import Map

_AGENTS_OWN = "/api/agents/<_agent>/plugins"
_PAGES = frozenset(
    {"about", "admin", "agents", "assets", "chat", "create", "dashboard", "group", "home", "images", "login", "logs"}
    | {"profile", "register", "settings"}
)
"""What pages use for themselves, elizaOS's among them."""
_SOCKETS = "socket.io"  # Taken before any route is looked for.


@dataclass(frozen=True, slots=True)
class Taken:
    """The words with which addresses of the server's own begin."""

    at_root: frozenset[str]
    in_api: frozenset[str]

    @classmethod
    def by(cls, routes: Map) -> "Taken":
        addresses = [[*rule.rule.split("/"), ""] for rule in routes.iter_rules()]
        return cls(
            at_root=frozenset(parts[1] for parts in addresses) | _PAGES | {_SOCKETS},
            in_api=frozenset(parts[2] for parts in addresses if parts[1] == "api"),
        )

    def leaves(self, name: str) -> list[str]:
        """The addresses that a plugin of this name has."""
        first = name.partition("/")[0]
        in_api = [] if first in self.in_api else [f"/api/{name}"]
        at_root = [] if first in self.at_root else [f"/{name}"]
        return [f"{_AGENTS_OWN}/{name}", *in_api, *at_root]


def rule(address: str, path: str) -> str:
    """``path``, as a plugin writes it, in the words of the web server."""
    below = re.sub(r"/\*$", "/<path:_rest>", path.rstrip("/"))
    return address + re.sub(r":(\w+)(?=/|$)", r"<\1>", below)
