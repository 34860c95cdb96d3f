"""Route: what a plugin answers over HTTP, and how it is asked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from eliza.access.roles import Role
from eliza.errors import ConfigurationError
from eliza.runtime.agent import Agent

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Body = Mapping[str, Any] | list[Any] | str | bytes | None

_PATH = re.compile(r"(?:/(?::[A-Za-z]\w*|[\w.~-]+))*(?:/\*?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent the request, by their credential; ``entity_id`` is None if it belongs to nobody in particular."""

    name: str
    role: Role
    entity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks of a route."""

    method: str
    path: str
    now: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    """What stands in the places of the path; under ``*`` what lies below it."""

    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name, without the headers that carry credentials."""

    body: object = None
    """The value when it is JSON, the bytes of anything else, None when there is nothing."""

    caller: Caller = Caller("", Role.OPERATOR)
    """A route that members may call must check this itself: the server does not know who owns a plugin's content."""


class Reply(NamedTuple):
    """An answer with more to it than a body; ``(body, status)`` is one, too."""

    body: Body
    status: int = 200
    content_type: str | None = None


Answer = Body | Reply | tuple[Body, int]
Handler = Callable[[Request, Agent], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """An address of a plugin and what answers there: ``Route("GET", "/notes/:id", show)``.

    The handler is given the request and the running agent it is for. What it returns is sent as JSON, unless it is
    ``str``, sent as plain text, or ``bytes``; a ``Reply`` says more. A failure of ``eliza.errors`` that it raises is
    told to the client with its status, any other only to the log. Handlers run side by side with everything else.
    """

    method: Method
    path: str
    """``:name`` stands for one part of a path, ``/*`` at the end for all that follows."""

    handle: Handler
    name: str = ""
    """What people call it."""

    public: bool = False
    """A GET route with a name is shown as a panel of the agent. Every route requires a credential."""

    role: Role = Role.OPERATOR
    """The lowest role that may call it."""

    def __post_init__(self) -> None:
        if self.role not in set(Role):
            raise ConfigurationError(f"{self.role!r} is not a role; use one of {', '.join(Role)}.")
        if not _PATH.fullmatch(self.path):
            raise ConfigurationError(f"{self.path!r} is no path of a route; write it as /notes/:id or /files/*")

    @property
    def is_panel(self) -> bool:
        return self.public and bool(self.name) and self.method == "GET" and not re.search("[:*]", self.path)
