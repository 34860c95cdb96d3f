"""Endpoint: one route of a plugin, as the web server calls it."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, request

from eliza.agents.agents import AgentNotRunning, Agents
from eliza.clock import SystemClock
from eliza.errors import InvalidInput
from eliza.http.body import content
from eliza.http.current import current
from eliza.http.envelope import answer, nothing
from eliza.http.principal import current_principal
from eliza.ids import is_uuid
from eliza.plugins import Caller, Reply, Request, Route
from eliza.plugins.route import Answer
from eliza.runtime.agent import Agent


class InvalidAgentId(InvalidInput):
    code = "INVALID_AGENT_ID"

    def __init__(self, text: str) -> None:
        super().__init__(f"agentId: {text} is no id of an agent", details={"field": "agentId"})


_CREDENTIALS = frozenset({"authorization", "cookie", "x-api-key"})


def endpoint_of(route: Route) -> Callable[..., Response]:
    """The view of a route. The gate reads its ``least_role``."""

    def endpoint(_agent: str = "", _rest: str | None = None, **params: str) -> Response:
        agent = _agent_for(_agent or request.args.get("agentId", ""))
        below = {} if _rest is None else {"*": _rest}
        return _response(route.handle(_request({**params, **below}), agent))

    endpoint.least_role = route.role  # type: ignore[attr-defined]  # Read by the gate.
    return endpoint


def _agent_for(asked: str) -> Agent:
    """The agent that is asked for by its id, or else the first that runs."""
    if asked and not is_uuid(asked):
        raise InvalidAgentId(asked)
    agents, wanted = current(Agents), UUID(asked) if asked else None
    agent = agents.running(agents.require_running(wanted).id)
    if agent is None:  # Stopped in this moment.
        raise AgentNotRunning(wanted)
    return agent


def _request(params: dict[str, str]) -> Request:
    return Request(
        method=request.method,
        path=request.path,
        now=current(SystemClock).now(),
        params=params,
        query=request.args.to_dict(),
        headers={name.lower(): value for name, value in request.headers if name.lower() not in _CREDENTIALS},
        body=content(),
        caller=_caller(),
    )


def _caller() -> Caller:
    principal = current_principal()
    return Caller(principal.shown_name, principal.role, principal.entity_id)


def _response(given: Answer) -> Response:
    body, status, content_type = Reply(*given) if isinstance(given, tuple) else Reply(given)
    if body is None:
        return nothing()
    if not isinstance(body, str | bytes):
        return answer(body, status)
    usual = "text/plain; charset=utf-8" if isinstance(body, str) else "application/octet-stream"
    return Response(body, status, content_type=content_type or usual)
