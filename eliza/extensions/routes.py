"""Routes of panels, and those that plugins bring."""

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from eliza.agents.agents import AgentNotRunning, Agents
from eliza.errors import ElizaError
from eliza.extensions import wire
from eliza.extensions.addresses import Taken, rule
from eliza.extensions.endpoint import InvalidAgentId, endpoint_of
from eliza.extensions.panels import Panels
from eliza.http import api, envelope, security
from eliza.http.current import current, provide
from eliza.http.envelope import BareFailure, CodedFailure, Ok, ok
from eliza.http.guarded import guard_also
from eliza.http.principal import current_principal
from eliza.plugins import Plugin

bp = Blueprint("panels", __name__)
envelope.speak(bp, envelope.coded)


@bp.get("/api/agents/<agent_id>/panels")
@api.returns(Ok[list[wire.PanelJson]])
def panels(agent_id: UUID) -> ResponseReturnValue:
    return ok([wire.panel(shown) for shown in current(Panels).of(agent_id, current_principal())])


def open_routes(app: Flask, agents: Agents, plugins: Iterable[Plugin]) -> None:
    """Let plugins answer, those of higher priority first. Comes last, since the server's own routes go before."""
    plugins = sorted(plugins, key=lambda plugin: -plugin.priority)
    app.register_blueprint(bp)
    provide(app, Panels(agents, plugins))
    taken = Taken.by(app.url_map)
    brought = Blueprint("extensions", __name__)
    envelope.speak(brought, _failure)
    for number, plugin in enumerate(plugin for plugin in plugins if plugin.routes):
        for address in taken.leaves(plugin.name):
            guard_also(app, address)
            _open(brought, plugin, number, address)
    app.register_blueprint(brought)


def _open(brought: Blueprint, plugin: Plugin, number: int, address: str) -> None:
    for place, route in enumerate(plugin.routes):
        endpoint = endpoint_of(route)
        if route.is_panel:
            security.let_frame(endpoint)
        where = rule(address, route.path)
        name = f"{number} {place} {where}".replace(".", "_")  # Flask keeps dots for itself.
        brought.add_url_rule(where, name, endpoint, methods=[route.method])


def _failure(failure: ElizaError) -> CodedFailure | BareFailure:
    """Which agent it is for is the server's question; the rest is between the plugin and its clients."""
    is_ours = isinstance(failure, InvalidAgentId | AgentNotRunning)
    return envelope.coded(failure) if is_ours else envelope.bare(failure)
