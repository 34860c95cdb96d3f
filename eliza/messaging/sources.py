"""Sources: where a message comes from, and the marks of messages written by agents."""

from collections.abc import Mapping
from typing import Any

from eliza.access.principal import Forbidden
from eliza.events import Message

AGENT_RESPONSE = "agent_response"
AGENT_ACTION = "agent_action"
AGENTS = frozenset({AGENT_RESPONSE, AGENT_ACTION})


class NotAnAgent(Forbidden):
    """The message claims to be written by an agent."""

    code = "NOT_AN_AGENT"

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field}: marks this as written by an agent; send messages of external agents to /api/messaging/submit",
            details={"field": field},
        )


def require_no_agent(source: str | None, raw: Mapping[str, Any] | None, metadata: Mapping[str, Any] | None) -> None:
    """Raises ``NotAnAgent`` if any mark is set by which clients and agents recognize an agent's message."""
    raw, metadata = raw or {}, metadata or {}
    marks = {
        "source_type": source in AGENTS,
        "raw_message": raw.get("type") == AGENT_ACTION or bool(raw.get("isAgent")),
        "metadata": bool(metadata.get("isAgent")),
    }
    for field, is_set in marks.items():
        if is_set:
            raise NotAnAgent(field)


def is_action(message: Message) -> bool:
    """True for a message that shows the progress of an agent's action."""
    return message.source_type == AGENT_ACTION or (message.raw or {}).get("type") == AGENT_ACTION


def wire_source(message: Message) -> str:
    """The source that clients of elizaOS expect for a message of this kind."""
    if is_action(message):
        return AGENT_ACTION
    return AGENT_RESPONSE if message.is_agent else message.source_type or "unknown"
