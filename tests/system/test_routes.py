"""System: is the server well, what is it, and which models serve."""

from collections.abc import Callable
from uuid import UUID

import pytest

from eliza import __version__
from eliza.clock import milliseconds
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.llm.classic import Classic
from eliza.testing.clock import NOON, FrozenClock
from tests.house_kit import House


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house(clock=FrozenClock(), app_version="7.7")


pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

NOW = "2026-03-01T12:00:00.000Z"


def test_the_pulse_is_there(house: House) -> None:
    assert house.http.get("/healthz").json == {"status": "ok", "timestamp": NOW}


@pytest.mark.parametrize("path", ["/health", "/api/server/health"])
def test_a_server_with_an_agent_at_work_is_healthy(house: House, path: str) -> None:
    answer = house.http.get(path)

    assert (answer.status_code, answer.json) == (
        200,
        {
            "status": "OK",
            "version": "7.7",
            "timestamp": NOW,
            "dependencies": {"agents": "healthy"},
            "agentCount": 1,
        },
    )


@pytest.mark.parametrize("path", ["/health", "/api/server/health"])
def test_a_server_without_an_agent_at_work_is_not(house: House, path: str) -> None:
    house.stop(house.eliza)

    answer = house.http.get(path)

    assert (answer.status_code, answer.json["status"], answer.json["dependencies"]) == (
        503,
        "DEGRADED",
        {"agents": "no_agents"},
    )
    assert house.http.get("/healthz").status_code == 200


def test_a_ping_a_hello_and_a_status_are_answered(house: House) -> None:
    assert house.http.get("/api/server/ping").json == {"pong": True, "timestamp": milliseconds(NOON)}
    assert house.http.get("/api/server/hello").json == {"message": "Hello World!"}
    assert house.http.get("/api/server/status").json == {"status": "ok", "agentCount": 1, "timestamp": NOW}


def test_the_message_servers_can_be_looked_at(house: House) -> None:
    answer = house.http.get("/api/server/debug/servers").json

    assert (answer["success"], answer["count"]) == (True, 1)
    assert [UUID(server["id"]) for server in answer["servers"]] == [DEFAULT_MESSAGE_SERVER]


def test_the_server_says_what_it_is(house: House) -> None:
    version = house.http.get("/api/system/version").json

    assert version == {
        "version": __version__,
        "source": "server",
        "timestamp": NOW,
        "environment": "production",
        "uptime": version["uptime"],
    }
    assert version["uptime"] >= 0


@pytest.mark.parametrize(("token", "required"), [(None, False), ("a key", True)])
def test_the_server_says_whether_it_wants_a_key(
    open_house: Callable[..., House], token: str | None, required: bool
) -> None:
    answer = open_house(auth_token=token).http.get("/api/system/config", headers={"X-API-KEY": token or ""})

    assert answer.json == {"success": True, "data": {"requiresAuth": required}}


def test_the_models_that_serve_are_named_with_the_reason(open_house: Callable[..., House]) -> None:
    models = open_house(providers=[Classic()]).http.get("/api/system/models").json["data"]

    assert [(row["type"], row["provider"], row["model"]) for row in models["models"]] == [
        ("TEXT_SMALL", "classic", "eliza"),
        ("TEXT_LARGE", "classic", "eliza"),
        ("TEXT_EMBEDDING", "classic", models["models"][2]["model"]),
    ]
    assert all(row["why"] for row in models["models"])
    assert models["absences"] == []
