"""Routes of the server itself: is it well, what is it, which models serve."""

import time

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza import __version__
from eliza.agents.agents import Agents
from eliza.clock import Clock, SystemClock, milliseconds
from eliza.config import Settings
from eliza.errors import Unavailable
from eliza.http import api, envelope
from eliza.http.current import current
from eliza.http.envelope import Ok, answer, iso, ok
from eliza.http.paging import Paging, paged
from eliza.llm.registry import Models
from eliza.messaging.channel_wire import server as server_json
from eliza.messaging.servers import MessageServers
from eliza.system import wire

bp = Blueprint("system", __name__)
envelope.speak(bp, envelope.coded)

_STARTED = time.monotonic()


@bp.get("/healthz")
@api.returns(wire.AliveJson)
def alive() -> ResponseReturnValue:
    return answer({"status": "ok", "timestamp": _now()})


@bp.get("/health", endpoint="health_for_probes")
@bp.get("/api/server/health")
@api.returns(wire.HealthJson, or_else={503: wire.HealthJson})
def health() -> ResponseReturnValue:
    try:
        running = current(Agents).count_running()
    except Unavailable:
        return answer(_health({"agents": "unknown", "database": "unavailable"}), 503)
    return answer(_health({"agents": "healthy" if running else "no_agents"}, running), 200 if running else 503)


@bp.get("/api/server/ping")
@api.returns(wire.PongJson)
def ping() -> ResponseReturnValue:
    return answer({"pong": True, "timestamp": milliseconds(_clock().now())})


@bp.get("/api/server/hello")
@api.returns(wire.HelloJson)
def hello() -> ResponseReturnValue:
    return answer({"message": "Hello World!"})


@bp.get("/api/server/status")
@api.returns(wire.StatusJson)
def status() -> ResponseReturnValue:
    return answer({"status": "ok", "agentCount": current(Agents).count_running(), "timestamp": _now()})


@bp.get("/api/server/debug/servers")
@api.returns(wire.DebugServersJson)
def servers(query: Paging) -> ResponseReturnValue:
    page = current(MessageServers).page(limit=query.limit, cursor=query.cursor)
    payload: wire.CountedServersJson = {"servers": page.map(server_json).items, "count": page.total}
    return paged(answer({"success": True, **payload, "data": payload}), page)


@bp.get("/api/system/version")
@api.returns(wire.VersionJson)
def version() -> ResponseReturnValue:
    shape: wire.VersionJson = {
        "version": __version__,
        "source": "server",
        "timestamp": _now(),
        "environment": current(Settings).env.get("NODE_ENV", "production"),
        "uptime": round(time.monotonic() - _STARTED, 3),
    }
    return answer(shape)


@bp.get("/api/system/config")
@api.returns(Ok[wire.ConfigJson])
def config() -> ResponseReturnValue:
    return ok({"requiresAuth": current(Settings).auth_token is not None})


@bp.get("/api/system/models")
@api.returns(Ok[wire.ModelsJson])
def models() -> ResponseReturnValue:
    return ok(wire.models(current(Models)))


def _now() -> str:
    return iso(_clock().now())


def _health(dependencies: dict[str, str], running: int = 0) -> wire.HealthJson:
    return {
        "status": "OK" if running else "DEGRADED",
        "version": current(Settings).app_version,
        "timestamp": _now(),
        "dependencies": dependencies,
        "agentCount": running,
    }


def _clock() -> Clock:
    return current(SystemClock)
