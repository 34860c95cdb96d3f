"""Message servers: the default one is always there, agents serve on it, and more may be made."""

import pytest

from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from tests.house_kit import House

DEFAULT = str(DEFAULT_MESSAGE_SERVER)
NOBODY = str(to_uuid("nobody"))


def test_the_default_server_has_the_zero_id(house: House) -> None:
    assert house.http.get("/api/messaging/message-server/current").json["data"] == {"messageServerId": DEFAULT}
    servers = house.http.get("/api/messaging/message-servers").json["data"]["messageServers"]
    assert [(server["id"], server["name"]) for server in servers] == [(DEFAULT, "Default Server")]
    assert house.http.get("/api/messaging/central-servers").json["data"]["servers"] == servers


def test_a_server_is_made_and_listed(house: House) -> None:
    made = house.http.post(
        "/api/messaging/message-servers",
        json={"name": "Mill", "sourceType": "test", "sourceId": "m", "metadata": {"a": 1}},
    )

    server = made.json["data"]["server"]
    assert made.status_code == 201
    assert {key: server[key] for key in ("name", "sourceType", "sourceId", "metadata")} == {
        "name": "Mill",
        "sourceType": "test",
        "sourceId": "m",
        "metadata": {"a": 1},
    }
    assert server in house.http.get("/api/messaging/message-servers").json["data"]["messageServers"]
    assert house.http.get(f"/api/messaging/message-servers/{server['id']}/channels").json["data"] == {"channels": []}


def test_every_agent_serves_on_the_default_server(house: House) -> None:
    alpha = house.agent("Alpha")

    agents = house.http.get(f"/api/messaging/message-servers/{DEFAULT}/agents").json["data"]

    assert agents["messageServerId"] == DEFAULT
    assert sorted(agents["agents"]) == sorted([str(house.eliza), str(alpha)])
    assert house.http.get(f"/api/messaging/agents/{alpha}/message-servers").json["data"] == {
        "agentId": str(alpha),
        "messageServers": [DEFAULT],
    }


@pytest.mark.parametrize("base", ["message-servers", "servers"])
def test_an_agent_comes_to_a_server_and_leaves_it(house: House, base: str) -> None:
    server = house.http.post(f"/api/messaging/{base}", json={"name": "Mill", "sourceType": "test"}).json["data"]["id"]
    seats = f"/api/messaging/{base}/{server}/agents"

    added = [house.http.post(seats, json={"agentId": str(house.eliza)}).status_code for _ in range(2)]
    there = house.http.get(seats).json["data"]["agents"]
    removed = house.http.delete(f"{seats}/{house.eliza}")

    assert (added, there, removed.status_code) == ([201, 201], [str(house.eliza)], 200)
    assert house.http.get(seats).json["data"]["agents"] == []


def test_who_is_not_there_is_said_to_be_missing(house: House) -> None:
    seats = f"/api/messaging/message-servers/{DEFAULT}/agents"

    unknown_agent = house.http.post(seats, json={"agentId": NOBODY})
    unknown_server = house.http.get(f"/api/messaging/message-servers/{NOBODY}/agents")

    assert (unknown_agent.status_code, unknown_agent.json["error"]) == (404, f"Agent {NOBODY} not found")
    assert (unknown_server.status_code, unknown_server.json["error"]) == (404, f"Message server {NOBODY} not found")
