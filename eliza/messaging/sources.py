"""Sources: what a message says about where it comes from."""

from eliza.events import Message

AGENT_RESPONSE = "agent_response"
AGENT_ACTION = "agent_action"
AGENTS = frozenset({AGENT_RESPONSE, AGENT_ACTION})


def is_action(message: Message) -> bool:
    """True for a message that tells what an agent is doing and changes as that goes on."""
    return message.source_type == AGENT_ACTION or (message.raw or {}).get("type") == AGENT_ACTION


def told(message: Message) -> str:
    """The source under which elizaOS's clients expect a message of this kind."""
    if is_action(message):
        return AGENT_ACTION
    return AGENT_RESPONSE if message.is_agent else message.source_type or "unknown"
