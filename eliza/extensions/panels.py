"""Panels: the pages that plugins show of an agent."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from eliza.access.plugin_routes import may_call
from eliza.access.principal import Principal
from eliza.agents.agents import AgentNotFound, Agents
from eliza.plugins import Plugin


@dataclass(frozen=True, slots=True)
class Panel:
    name: str
    path: str
    """With the agent it is for."""


class Panels:
    def __init__(self, agents: Agents, plugins: Iterable[Plugin]) -> None:
        self._agents = agents
        self._plugins = tuple(plugins)

    def of(self, agent_id: UUID, principal: Principal) -> list[Panel]:
        """Those that ``principal`` may open. Raises ``AgentNotFound`` unless the agent runs."""
        if self._agents.running(agent_id) is None:
            raise AgentNotFound(agent_id)
        return [
            Panel(route.name, f"/api/agents/{agent_id}/plugins/{plugin.name}{route.path}?agentId={agent_id}")
            for plugin in self._plugins
            for route in plugin.routes
            if route.is_panel and may_call(principal, route.role)
        ]
