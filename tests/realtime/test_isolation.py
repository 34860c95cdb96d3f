"""Isolation: over a socket people hear and do what their credential allows, in the channels they take part in."""

import json
from uuid import uuid4

import pytest
import socketio
from socketio.exceptions import ConnectionError as Refused

from tests.house_kit import House, Room, Socket, id_of
from tests.services.waiting import eventually
from tests.transport.peer import Peer

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def socket_of(house: House, person: str, role: str = "member") -> Socket:
    key = house.credential(person, role)["X-API-KEY"]
    return house.socket(person, apiKey=key)


@pytest.fixture
def hers(house: House) -> Room:
    """A channel in which Ada and an agent take part."""
    return house.room("Ada", house.eliza)


@pytest.mark.parametrize("what", ["hers", "nobody's"])
def test_whoever_takes_no_part_is_told_that_there_is_no_such_channel(house: House, hers: Room, what: str) -> None:
    bob, channel = socket_of(house, "Bob"), hers.id if what == "hers" else uuid4()
    where = {"channelId": str(channel)}

    answers = [
        bob.joins(channel),
        bob.calls("typing", {**where, "isTyping": True}),
        bob.calls("mark_read", {**where, "seq": 1}),
    ]

    assert answers == [{"ok": False, "error": f"Channel {channel} not found", "code": "NOT_FOUND"}] * 3


def test_nobody_speaks_or_listens_where_they_take_no_part(house: House, hers: Room) -> None:
    ada, bob = socket_of(house, "Ada"), socket_of(house, "Bob")

    refused = bob.says(hers, "Let me in")
    ada.says(hers, "A secret")
    ada.hears("messageBroadcast", count=2)
    bob.says(house.room("Bob", house.eliza), "Hello")
    bob.hears("messageBroadcast", count=2)

    assert refused["code"] == "NOT_FOUND"
    assert "A secret" not in str(bob.heard)
    assert hers.history()[0] == "A secret"


def test_nobody_speaks_as_somebody_else(house: House, hers: Room) -> None:
    ada = socket_of(house, "Ada")
    key = house.credential("Bob")["X-API-KEY"]
    client = socketio.Client(reconnection=False)

    with pytest.raises(Refused):
        client.connect(house.serve(), auth={"apiKey": key, "entityId": str(id_of("Ada"))}, wait_timeout=5)
    refused = ada.says(hers, "It was Bob", senderId=str(id_of("Bob")))
    client.disconnect()

    assert refused["ok"] is False
    assert hers.history() == []


def test_a_credential_says_who_somebody_is_without_their_saying_so(house: House) -> None:
    key = house.credential("Ada")["X-API-KEY"]
    client = socketio.Client(reconnection=False)
    told: list[object] = []
    client.on("authenticated", told.append)

    client.connect(house.serve(), auth={"apiKey": key}, wait_timeout=5)
    eventually(lambda: told)
    client.disconnect()

    assert told[0]["entityId"] == str(id_of("Ada"))  # type: ignore[index]  # What the server emits is an object.


def test_a_viewer_listens_and_says_nothing(house: House) -> None:
    room = house.room("Vera", "Ada", house.eliza)
    vera, ada = socket_of(house, "Vera", "viewer"), socket_of(house, "Ada")
    vera.joins(room)

    refused = vera.says(room, "May I?")
    ada.says(room, "Hello")

    assert (refused["code"], "messages:write" in refused["error"]) == ("FORBIDDEN", True)
    assert vera.hears("messageBroadcast")["text"] == "Hello"


def test_a_key_that_may_not_read_messages_hears_none(house: House, hers: Room) -> None:
    narrow = house.credential("Ada", scopes=["agents:read", "messages:write"])["X-API-KEY"]
    deaf, ada = house.socket("Ada", apiKey=narrow), socket_of(house, "Ada")

    ada.says(hers, "A secret")
    ada.hears("messageBroadcast", count=2)
    deaf.says(hers, "Anybody there?")
    ada.hears("messageBroadcast", count=4)
    deaf.calls("unsubscribe_logs")

    assert "A secret" not in str(deaf.heard)
    assert {message["text"] for message in deaf.all("messageBroadcast")} == {"Anybody there?"}


@pytest.mark.parametrize("role", ["viewer", "member"])
def test_the_log_is_for_who_runs_the_server(house: House, role: str) -> None:
    socket, operator = socket_of(house, "Ada", role), socket_of(house, "Olga", "operator")

    assert socket.calls("subscribe_logs")["subscribed"] is False
    assert operator.calls("subscribe_logs")["subscribed"] is True


def test_a_channel_that_somebody_makes_by_speaking_is_theirs(house: House) -> None:
    ada, channel = socket_of(house, "Ada"), uuid4()

    said = ada.says(channel, "Hello", metadata={"targetAgentId": str(house.eliza), "isDm": True})

    assert said["ok"] is True
    assert ada.hears("messageBroadcast", count=2)["text"] == "All right."


def test_whoever_is_removed_hears_no_more(house: House) -> None:
    room = house.room("Ada", "Bob", house.eliza)
    ada, bob = socket_of(house, "Ada"), socket_of(house, "Bob")
    ada.joins(room)
    bob.joins(room)

    house.http.delete(f"/api/messaging/channels/{room.id}/participants/{id_of('Bob')}")
    ada.says(room, "Now that he is gone")
    ada.hears("messageBroadcast", count=2)
    bob.calls("unsubscribe_logs")

    assert "Now that he is gone" not in str(bob.heard)


def test_whoever_is_removed_while_they_catch_up_hears_no_more(house: House) -> None:
    room = house.room("Ada", "Bob", "Carol")
    for _ in range(130):  # 8 MB, more than is on its way to a client that does not read.
        room.says("Ada", "x" * 60_000)
    key = house.credential("Bob")["X-API-KEY"]

    with Peer(int(house.serve().rpartition(":")[2]), receive_buffer=4096) as bob:
        bob.text()
        bob.send("40" + json.dumps({"apiKey": key}))
        bob.send(f'427["1",{{"channelId":"{room.id}","lastSeq":0}}]')
        while "messageBroadcast" not in bob.text():
            pass
        house.http.delete(f"/api/messaging/channels/{room.id}/participants/{id_of('Bob')}")
        room.says("Ada", "Now that he is gone")
        heard = [bob.text()]
        while not heard[-1].startswith("437"):
            heard.append(bob.text())

    assert "Now that he is gone" not in str(heard)
    assert json.loads(heard[-1][3:])[0]["code"] == "NOT_FOUND"


def test_a_revoked_key_closes_its_sockets_and_no_others(house: House) -> None:
    ada, bob = socket_of(house, "Ada"), socket_of(house, "Bob")
    listed = house.as_("Olga", "admin").get("/api/keys").json["data"]["keys"]
    key_id = next(key["id"] for key in listed if key["entityId"] == str(id_of("Ada")))

    house.as_("Olga", "admin").delete(f"/api/keys/{key_id}")

    eventually(lambda: not ada.is_connected)
    assert bob.is_connected


def test_the_first_credential_closes_what_was_open_before(house: House) -> None:
    anybody = house.socket("Ada")

    house.credential("Ada")

    eventually(lambda: not anybody.is_connected)


def test_nobody_speaks_under_another_name_or_as_an_agent(house: House, hers: Room) -> None:
    ada = socket_of(house, "Ada")

    ada.says(hers, "Hello", senderName="Bob")
    refused = ada.says(hers, "I am the agent", metadata={"isAgent": True})
    ada.hears("messageBroadcast", count=2)

    assert "Bob" not in ada.all("messageBroadcast")[0]["senderName"]
    assert refused["code"] == "NOT_AN_AGENT"
