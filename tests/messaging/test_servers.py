"""Message servers: the default one is always there, agents serve on it, and more may be made."""

from uuid import UUID

import pytest

from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from tests.house_kit import House, Room, at_once

SERVERS = "/api/messaging/message-servers"
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


def test_agents_serve_on_any_server(house: House) -> None:
    mill, alpha = _server(house, "Mill"), house.agent("Alpha")
    seats = f"{SERVERS}/{mill}/agents"

    house.http.post(seats, json={"agentId": str(alpha)})

    assert house.http.get(seats).json["data"]["agents"] == [str(alpha)]
    servers = house.http.get(f"/api/messaging/agents/{alpha}/message-servers").json["data"]["messageServers"]
    assert sorted(servers) == sorted([DEFAULT, mill])
    assert house.http.get(f"/api/messaging/agents/{NOBODY}/message-servers").status_code == 404


def test_a_server_is_renamed_and_keeps_the_rest(house: House) -> None:
    mill = _server(house, "Mill", metadata={"icon": "star"})

    renamed = house.http.patch(f"{SERVERS}/{mill}", json={"name": "Old Mill"}).json["data"]

    assert (renamed["name"], renamed["metadata"]) == ("Old Mill", {"icon": "star"})
    assert house.http.get(f"{SERVERS}/{mill}").json["data"] == renamed
    assert house.http.patch(f"{SERVERS}/{NOBODY}", json={"name": "Old Mill"}).status_code == 404


def test_a_deleted_server_takes_its_channels_and_messages_along(house: House) -> None:
    mill = _server(house, "Mill")
    tea = house.http.post("/api/messaging/channels", json={"name": "Tea", "server_id": mill}).json["data"]["id"]
    room, elsewhere = Room(house, UUID(tea)), house.room("Ada", "Bob")
    house.http.post(f"/api/messaging/channels/{tea}/agents", json={"agentId": str(house.eliza)})
    asked = room.asks("Ada", "Is anybody there?").json["userMessage"]["id"]
    elsewhere.says("Ada", "Hi!")
    ada = house.socket("Ada")
    ada.joins(room)

    deleted = house.http.delete(f"{SERVERS}/{mill}")

    assert (deleted.status_code, deleted.data) == (204, b"")
    assert ada.hears("channelDeleted") == {"channelId": tea}
    gone = (f"{SERVERS}/{mill}", f"{SERVERS}/{mill}/channels", f"/api/messaging/channels/{tea}/details")
    assert [house.http.get(path).status_code for path in gone] == [404, 404, 404]
    memories = house.http.get(f"/api/memory/{house.eliza}/memories").json["data"]["memories"]
    assert asked not in str(memories)
    assert elsewhere.history() == ["Hi!"]
    assert house.http.delete(f"{SERVERS}/{mill}").status_code == 404


def test_the_default_server_stays(small_house: House) -> None:
    refused = small_house.http.delete(f"{SERVERS}/{DEFAULT}")

    assert (refused.status_code, refused.json["code"]) == (409, "DEFAULT_SERVER_STAYS")


def test_channels_told_twice_are_there_once_under_their_present_names(house: House) -> None:
    mill = _server(house, "Mill")
    told = [{"name": "general", "sourceId": "1"}, {"name": "random"}]

    first = _sync(house, mill, told)
    again = _sync(house, mill, [{"name": "everybody", "sourceId": "1"}, {"name": "random"}])

    assert [channel["id"] for channel in again] == [channel["id"] for channel in first]
    listed = house.http.get(f"{SERVERS}/{mill}/channels").json["data"]["channels"]
    assert sorted((channel["name"], channel["sourceType"]) for channel in listed) == [
        ("everybody", "test"),
        ("random", "test"),
    ]


def test_channels_told_ten_times_at_once_are_there_once(house: House) -> None:
    mill = _server(house, "Mill")

    at_once(*[lambda: _sync(house, mill, [{"name": "general"}])] * 10)

    assert house.http.get(f"{SERVERS}/{mill}/channels").headers["X-Total-Count"] == "1"


def test_channels_of_a_server_that_is_not_there_are_refused(small_house: House) -> None:
    refused = small_house.http.post(f"{SERVERS}/{NOBODY}/sync-channels", json={"channels": []})

    assert (refused.status_code, refused.json["error"]) == (404, f"Message server {NOBODY} not found")


def _server(house: House, name: str, **more: object) -> str:
    made = house.http.post(SERVERS, json={"name": name, "sourceType": "test", **more})
    return str(made.json["data"]["id"])


def _sync(house: House, server: str, channels: list[dict[str, str]]) -> list[dict[str, str]]:
    answer = house.http.post(f"{SERVERS}/{server}/sync-channels", json={"channels": channels}).json["data"]
    assert answer["synced"] == len(channels)
    found: list[dict[str, str]] = answer["channels"]
    return found
