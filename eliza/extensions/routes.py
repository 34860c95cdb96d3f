"""Routes of panels, and those that plugins bring."""

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from eliza.agents.agents import Agents
from eliza.errors import ElizaError
from eliza.extensions import wire
from eliza.extensions.addresses import Taken, rule
from eliza.extensions.endpoint import AgentNotRunning, Endpoint, InvalidAgentId
from eliza.extensions.panels import Panels
from eliza.http import api, envelope, security
from eliza.http.current import current, provide
from eliza.http.envelope import BareFailure, CodedFailure, Ok, ok
from eliza.http.guarded import guard_also
from eliza.plugins import Plugin

bp = Blueprint("panels", __name__)
envelope.speak(bp, envelope.coded)


@bp.get("/api/agents/<agent_id>/panels")
@api.returns(Ok[list[wire.PanelJson]])
def panels(agent_id: UUID) -> ResponseReturnValue:
    return ok([wire.panel(shown) for shown in current(Panels).of(agent_id)])


def open_routes(app: Flask, agents: Agents, plugins: Iterable[Plugin]) -> None:
    """Let plugins answer, those of higher priority first. Comes last, since the server's own routes go before."""
    plugins = sorted(plugins, key=lambda plugin: -plugin.priority)
    app.register_blueprint(bp)
    provide(app, Panels(agents, plugins))
    taken = Taken.by(app.url_map)
    brought = Blueprint("extensions", __name__)
    envelope.speak(brought, _failure)
    for plugin in plugins:
        if plugin.routes:
            _open(app, brought, plugin, taken.leaves(plugin.name))
    app.register_blueprint(brought)


def _open(app: Flask, brought: Blueprint, plugin: Plugin, addresses: list[str]) -> None:
    for address in addresses:
        guard_also(app, address)
    for number, route in enumerate(plugin.routes):
        endpoint = Endpoint(route)
        if route.is_panel:
            security.let_frame(endpoint)
        for address in addresses:
            name = f"{number} {address}".replace(".", "_")
            brought.add_url_rule(rule(address, route.path), name, endpoint, methods=[route.method])


def _failure(failure: ElizaError) -> CodedFailure | BareFailure:
    """Which agent it is for is the server's question; the rest is between the plugin and its clients."""
    is_ours = isinstance(failure, InvalidAgentId | AgentNotRunning)
    return envelope.coded(failure) if is_ours else envelope.bare(failure)
