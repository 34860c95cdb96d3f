"""Known: what belongs to an agent or stands on a message server wants one that exists."""

from uuid import UUID

from eliza.db import tables
from eliza.errors import NotFound


class UnknownAgent(NotFound):
    def __init__(self, agent_id: UUID) -> None:
        super().__init__(f"Agent {agent_id} not found")


class UnknownServer(NotFound):
    def __init__(self, server_id: UUID) -> None:
        super().__init__(f"Message server {server_id} not found")


def require_agent(agent_id: UUID) -> None:
    """While a connection is held: raises ``UnknownAgent``. One that does not run is known all the same."""
    if not tables.Agent.select().where(tables.Agent.id == agent_id).exists():
        raise UnknownAgent(agent_id)


def require_server(server_id: UUID) -> None:
    """While a connection is held: raises ``UnknownServer``."""
    if not tables.MessageServer.select().where(tables.MessageServer.id == server_id).exists():
        raise UnknownServer(server_id)
