"""The record: what people do over the API is in the audit log with their name, and what they fail to do is not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.system.stopping import Stopping
from tests.house_kit import Answer, Client, House, Json, id_of

SERVER = str(DEFAULT_MESSAGE_SERVER)
Log = Callable[[], list[Json]]


@pytest.fixture(scope="module")
def ada(lasting_house: House) -> Client:
    """An admin."""
    return lasting_house.as_("Ada", "admin")


@pytest.fixture
def log(ada: Client) -> Log:
    """What has been written down since the test began, oldest first."""
    before = _newest(ada)
    return lambda: [one for one in _entries(ada) if one["seq"] > before]


def test_what_befalls_an_agent_is_written_down(ada: Client, log: Log) -> None:
    made = ada.post("/api/agents", json={"characterJson": {"name": "Eve", "bio": "Eve listens."}})
    agent = made.json["data"]["id"]
    secrets = {"secrets": {"API": "sesame-0815-open"}, "voice": "en"}
    ada.patch(f"/api/agents/{agent}", json={"username": "eve", "settings": secrets})
    ada.post(f"/api/agents/{agent}/start")
    ada.post(f"/api/agents/{agent}/stop")
    ada.delete(f"/api/agents/{agent}")

    entries = log()
    assert [(one["action"], one["target"]) for one in entries] == [
        (f"agent.{verb}", f"agent:{agent}") for verb in ("create", "update", "start", "stop", "delete")
    ]
    assert [one["details"] for one in entries] == [
        {"name": "Eve"},
        {"fields": ["settings", "settings.secrets", "settings.voice", "username"]},
        {},
        {},
        {},
    ]
    assert {(one["actor"], one["entityId"], one["address"]) for one in entries} == {
        ("the key Ada", str(id_of("Ada")), "127.0.0.1")
    }
    assert {one["credential"].partition(":")[0] for one in entries} == {"key"}
    assert "sesame" not in str(entries)


def test_what_befalls_a_message_server_is_written_down(ada: Client, log: Log, lasting_house: House) -> None:
    made = ada.post("/api/messaging/message-servers", json={"name": "here", "sourceType": "test"})
    path = f"/api/messaging/message-servers/{made.json['data']['id']}"
    ada.patch(path, json={"name": "there"})
    ada.post(f"{path}/agents", json={"agentId": str(lasting_house.eliza)})
    ada.delete(f"{path}/agents/{lasting_house.eliza}")
    ada.delete(path)

    entries = log()
    assert [one["action"].removeprefix("message-server.") for one in entries] == [
        "create",
        "update",
        "add-agent",
        "remove-agent",
        "delete",
    ]
    assert {one["target"] for one in entries} == {f"message-server:{made.json['data']['id']}"}
    assert [one["details"] for one in entries] == [
        {"name": "here"},
        {"fields": ["name"]},
        {"agent": str(lasting_house.eliza)},
        {"agent": str(lasting_house.eliza)},
        {},
    ]


def test_what_is_deleted_is_written_down(ada: Client, log: Log, lasting_house: House) -> None:
    room = lasting_house.room("Ada", lasting_house.eliza)
    message = room.says("Ada", "Hello!")
    room.settles()
    agent, channel = lasting_house.eliza, room.id
    memories = f"/api/agents/{agent}/memories"
    remembered = ada.get(memories).json["data"]["memories"][0]["id"]
    known = ada.get(f"/api/agents/{agent}/rooms").json["data"]["rooms"][0]["id"]
    world = ada.post(f"/api/agents/{agent}/worlds", json={"name": "a world"}).json["data"]["world"]["id"]
    written = ada.get(f"/api/agents/{agent}/logs").json["data"][0]["id"]
    begun = ada.post("/api/messaging/sessions", json={"agentId": str(agent), "userId": str(id_of("Ada"))})
    session = begun.json["sessionId"]

    answers = [
        ada.delete(f"{memories}/{remembered}"),
        ada.delete(f"{memories}/all/{known}"),
        ada.delete(memories),
        ada.delete(f"/api/agents/{agent}/worlds/{world}"),
        ada.delete(f"/api/agents/{agent}/logs/{written}"),
        ada.delete(f"/api/agents/{agent}/rooms/{known}"),
        ada.delete(f"{room.url}/{message['id']}"),
        ada.delete(room.url),
        ada.delete(f"/api/messaging/channels/{channel}"),
        ada.delete(f"/api/messaging/sessions/{session}"),
        ada.delete("/api/server/logs"),
    ]

    assert {answer.status_code for answer in answers} <= {200, 204}
    assert [(one["action"], one["target"]) for one in log()] == [
        ("memory.delete", f"memory:{remembered}"),
        ("memory.delete-room", f"room:{known}"),
        ("memory.delete-all", f"agent:{agent}"),
        ("world.delete", f"world:{world}"),
        ("agent-log.delete", f"agent-log:{written}"),
        ("room.delete", f"room:{known}"),
        ("message.delete", f"message:{message['id']}"),
        ("channel.clear", f"channel:{channel}"),
        ("channel.delete", f"channel:{channel}"),
        ("session.delete", f"session:{session}"),
        ("server-log.clear", None),
    ]


def test_groups_that_go_are_written_down(ada: Client, log: Log, lasting_house: House) -> None:
    made = ada.post(f"/api/memory/groups/{SERVER}", json={"name": "us", "agentIds": [str(lasting_house.eliza)]})
    group = made.json["data"][0]["worldId"]

    answers = [ada.delete(f"/api/memory/groups/{group}/memories"), ada.delete(f"/api/memory/groups/{group}")]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert [(one["action"], one["target"]) for one in log()] == [
        ("group.forget", f"group:{group}"),
        ("group.delete", f"group:{group}"),
    ]


def test_the_end_of_the_server_is_written_down(ada: Client, log: Log, lasting_house: House) -> None:
    stopping: Stopping = lasting_house.server.app.extensions["eliza"][Stopping]
    stopping.loop = lambda: None

    answer = ada.post("/api/server/stop")
    stopping.loop = None

    assert (answer.status_code, [one["action"] for one in log()]) == (200, ["server.stop"])


def _failures() -> Iterator[tuple[str, str, str, Json | None, int]]:
    nobody = str(id_of("nobody"))
    agent = "/api/agents/{eliza}"
    yield "an agent that is there", "POST", "/api/agents", {"characterJson": {"name": "Eliza", "bio": ""}}, 409
    yield "a name that is none", "PATCH", agent, {"name": ""}, 400
    yield "no such agent", "DELETE", f"/api/agents/{nobody}", None, 404
    yield "nobody to start", "POST", f"/api/agents/{nobody}/start", None, 404
    yield "the default server", "DELETE", f"/api/messaging/message-servers/{SERVER}", None, 409
    yield "no such server", "PATCH", f"/api/messaging/message-servers/{nobody}", {"name": "x"}, 404
    yield "no such channel", "DELETE", f"/api/messaging/channels/{nobody}", None, 404
    yield "no such channel to clear", "DELETE", f"/api/messaging/channels/{nobody}/messages", None, 404
    yield "no such message", "DELETE", f"/api/messaging/channels/{nobody}/messages/{nobody}", None, 404
    yield "no such memory", "DELETE", f"{agent}/memories/{nobody}", None, 404
    yield "no such room", "DELETE", f"{agent}/rooms/{nobody}", None, 404
    yield "no such world", "DELETE", f"{agent}/worlds/{nobody}", None, 404
    yield "no such group", "DELETE", f"/api/memory/groups/{nobody}", None, 404
    yield "no such line", "DELETE", f"{agent}/logs/{nobody}", None, 404
    yield "served by the test", "POST", "/api/server/stop", None, 409


def test_what_fails_is_not_written_down(ada: Client, log: Log, lasting_house: House) -> None:
    for what, method, path, body, status in _failures():
        answer = ada.open(path.format(eliza=lasting_house.eliza), method=method, json=body)
        assert (what, answer.status_code) == (what, status), answer.text

    assert log() == []


@pytest.mark.parametrize("role", ["viewer", "member", "operator"])
def test_only_admins_read_it(lasting_house: House, role: str) -> None:
    answer = lasting_house.as_("Bob", role).get("/api/audit")

    assert (answer.status_code, answer.json["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_changes_it(ada: Client, method: str) -> None:
    assert ada.open("/api/audit", method=method, json={}).status_code == 405


def test_it_is_read_in_pages_and_by_what_is_looked_for(ada: Client, lasting_house: House) -> None:
    for verb in ("start", "stop", "start"):
        ada.post(f"/api/agents/{lasting_house.eliza}/{verb}")
    sought = f"/api/audit?action=agent&target=agent:{lasting_house.eliza}&actor=the+key+Ada"

    found = ada.get(f"{sought}&limit=2")
    rest = ada.get(f"{sought}&limit=2&cursor={found.headers['X-Next-Cursor']}")

    assert [_actions(answer) for answer in (found, rest)] == [["agent.start", "agent.stop"], ["agent.start"]]
    assert found.headers["X-Total-Count"] == "3"
    assert _actions(ada.get("/api/audit?since=2999-01-01")) == []
    assert ada.get("/api/audit?since=yesterday").status_code == 400


def _actions(answer: Answer) -> list[Any]:
    return [one["action"] for one in answer.json["data"]["entries"]]


def _entries(client: Client) -> list[Json]:
    """All of them, oldest first."""
    answer = client.get("/api/audit?limit=1000")
    assert answer.status_code == 200, answer.text
    entries: list[Json] = answer.json["data"]["entries"]
    return entries[::-1]


def _newest(client: Client) -> int:
    return max((int(one["seq"]) for one in _entries(client)), default=0)
