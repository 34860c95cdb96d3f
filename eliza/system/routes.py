"""Routes of the server itself: is it well, what is it, which models serve."""

import time

from flask import Blueprint
from flask.typing import ResponseReturnValue

from eliza import __version__
from eliza.agents.agents import Agents
from eliza.clock import Clock, SystemClock, milliseconds
from eliza.config import Settings
from eliza.http import envelope
from eliza.http.current import current
from eliza.http.envelope import answer, iso, ok
from eliza.llm.registry import Models
from eliza.messaging.servers import MessageServers
from eliza.messaging.wire import server as server_json

bp = Blueprint("system", __name__)
envelope.speak(bp, envelope.coded)

_STARTED = time.monotonic()


def _now() -> str:
    return iso(_clock().now())


def _clock() -> Clock:
    return current(SystemClock)


def _running() -> int:
    return sum(summary.is_active for summary in current(Agents).summaries())


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return answer({"status": "ok", "timestamp": _now()})


@bp.get("/health")
@bp.get("/api/server/health")
def health() -> ResponseReturnValue:
    running = _running()
    return answer(
        {
            "status": "OK" if running else "DEGRADED",
            "version": current(Settings).app_version,
            "timestamp": _now(),
            "dependencies": {"agents": "healthy" if running else "no_agents"},
            "agentCount": running,
        },
        200 if running else 503,
    )


@bp.get("/api/server/ping")
def ping() -> ResponseReturnValue:
    return answer({"pong": True, "timestamp": milliseconds(_clock().now())})


@bp.get("/api/server/hello")
def hello() -> ResponseReturnValue:
    return answer({"message": "Hello World!"})


@bp.get("/api/server/status")
def status() -> ResponseReturnValue:
    return answer({"status": "ok", "agentCount": _running(), "timestamp": _now()})


@bp.get("/api/server/debug/servers")
def servers() -> ResponseReturnValue:
    rows = [server_json(row) for row in current(MessageServers).all()]
    payload = {"servers": rows, "count": len(rows)}
    return answer({"success": True, **payload, "data": payload})


@bp.get("/api/system/version")
def version() -> ResponseReturnValue:
    return answer(
        {
            "version": __version__,
            "source": "server",
            "timestamp": _now(),
            "environment": current(Settings).env.get("NODE_ENV", "production"),
            "uptime": round(time.monotonic() - _STARTED, 3),
        }
    )


@bp.get("/api/system/config")
def config() -> ResponseReturnValue:
    return ok({"requiresAuth": current(Settings).auth_token is not None})


@bp.get("/api/system/models")
def models() -> ResponseReturnValue:
    table = current(Models)
    rows = [
        {
            "type": row.model_type.value,
            "provider": row.name.partition("/")[0],
            "model": row.name.partition("/")[2] or row.name,
            "why": row.why,
        }
        for row in table.table()
    ]
    absences = [{"provider": absence.provider, "why": absence.why} for absence in table.absences]
    return ok({"models": rows, "absences": absences})
