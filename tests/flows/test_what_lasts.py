"""What lasts: whatever a client was told is there after the server was killed, and the same on the server beside it."""

from collections.abc import Callable
from typing import Any

import requests

from eliza.ids import new_id, to_uuid
from tests.house_kit import Json, id_of
from tests.services.postgres import PostgresServer
from tests.services.processes import Server
from tests.services.waiting import eventually

ADA, ELIZA = str(id_of("Ada")), str(to_uuid("Eliza"))
_BY_RULES = {"ELIZA_MODEL_PROVIDER": "classic", "ELIZA_LOCAL_MODEL": "off"}
"""The servers answer at once, without a model to load."""


def test_sessions_jobs_runs_and_agents_are_there_after_a_kill(
    start_server: Callable[..., Server], database_url: str | None
) -> None:
    env = {**_BY_RULES, **({"POSTGRES_URL": database_url} if database_url else {})}
    server = start_server(env=env)
    session, job = _session(server), _job(server)
    _agent(server, "Bob")
    eventually(lambda: _all_done(server, job), within=20)
    _post(server, f"/api/agents/{ELIZA}/stop", {})
    before = _seen(server, session, job)

    server.kill()
    again = start_server(env=env)

    assert _seen(again, session, job) == before
    assert {one["name"]: one["status"] for one in _get(again, "/api/agents")["data"]["agents"]} == {
        "Bob": "active",
        "Eliza": "inactive",
    }
    renewed = requests.post(f"{again.url}/api/messaging/sessions/{session}/renew", timeout=10).json()
    assert renewed["renewalCount"] == before["session"]["renewalCount"] + 1


def test_two_servers_tell_the_same_of_sessions_jobs_and_runs(
    postgres: PostgresServer, redis_url: str, start_server: Callable[..., Server]
) -> None:
    with postgres.database() as url:
        shared = {"REDIS_URL": redis_url, "ELIZA_SECRET_KEY": "a key that both of them were given"}
        env = {**_BY_RULES, "POSTGRES_URL": url, **shared}
        here, there = (start_server(folder, env=env, wait=False) for folder in ("here", "there"))
        for server in (here, there):
            server.wait_until_ready()
        session, job = _session(here), _job(there)
        eventually(lambda: _all_done(here, job), within=20)

        assert _seen(here, session, job) == _seen(there, session, job)


def _session(server: Server) -> str:
    """A session in which something was said and answered."""
    made = _post(server, "/api/messaging/sessions", {"agentId": ELIZA, "userId": ADA, "metadata": {"from": "a test"}})
    path = f"/api/messaging/sessions/{made['sessionId']}/messages"
    said = _post(server, path, {"content": "I am sad", "transport": "http"})
    assert said["agentResponse"]["text"]
    return str(made["sessionId"])


def _job(server: Server) -> str:
    return str(_post(server, "/api/messaging/jobs", {"agentId": ELIZA, "userId": ADA, "content": "I am sad"})["jobId"])


def _agent(server: Server, name: str) -> None:
    """A new agent that runs."""
    agent_id = str(_post(server, "/api/agents", {"characterJson": {"name": name, "bio": "Listens."}})["data"]["id"])
    _post(server, f"/api/agents/{agent_id}/start", {})


def _all_done(server: Server, job: str) -> bool:
    assert _get(server, f"/api/messaging/jobs/{job}")["status"] == "completed"
    runs = _get(server, f"/api/agents/{ELIZA}/runs")["data"]["runs"]
    return [run["status"] for run in runs] == ["completed", "completed"]


def _seen(server: Server, session: str, job: str) -> Json:
    """Everything a client can see of it that does not depend on the time of day."""
    runs = _get(server, f"/api/agents/{ELIZA}/runs")["data"]["runs"]
    return {
        "session": _without_time(_get(server, f"/api/messaging/sessions/{session}")),
        "messages": _get(server, f"/api/messaging/sessions/{session}/messages")["messages"],
        "job": _get(server, f"/api/messaging/jobs/{job}"),
        "runs": runs,
        "details": [_get(server, f"/api/agents/{ELIZA}/runs/{run['runId']}")["data"] for run in runs],
        "logs": _get(server, f"/api/agents/{ELIZA}/logs?count=100")["data"],
    }


def _without_time(session: Json) -> Json:
    return {key: value for key, value in session.items() if key not in {"timeRemaining", "isNearExpiration"}}


def _get(server: Server, path: str) -> Any:
    answer = requests.get(f"{server.url}{path}", timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _post(server: Server, path: str, body: Json) -> Any:
    answer = requests.post(f"{server.url}{path}", json=body, timeout=30, headers={"Idempotency-Key": str(new_id())})
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()
