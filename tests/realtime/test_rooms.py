"""Sockets: joining, saying and hearing, in the order and the shapes that elizaOS's clients know."""

import json
from collections.abc import Callable, Iterator

import gevent
import pytest

from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id, to_uuid
from eliza.llm.errors import ModelRefused
from tests.house_kit import House, Room, id_of
from tests.services.waiting import eventually
from tests.transport.peer import Peer

BOB = str(to_uuid("Bob"))
TRANSPORTS = pytest.mark.parametrize("transport", ["websocket", "polling"])


@TRANSPORTS
def test_a_conversation_is_heard_in_the_order_of_elizaos(house: House, transport: str) -> None:
    house.model.will_say(["Hello, ", "Ada", "."])
    room = house.private("Ada", house.eliza)
    ada = house.socket("Ada", transport=transport)
    ada.joins(room)

    ada.says(room, "Hi!", messageId="mine", senderName="Ada")

    reply = ada.hears("messageBroadcast", count=2)
    chunks = ada.all("messageStreamChunk")
    assert ada.events == [
        "authenticated",
        "connection_established",
        "channel_joined",
        "room_joined",
        "messageBroadcast",
        "messageAck",
        *["messageStreamChunk"] * len(chunks),
        "messageBroadcast",
    ]
    assert "".join(chunk["chunk"] for chunk in chunks) == reply["text"] == "Hello, Ada."
    assert {chunk["messageId"] for chunk in chunks} == {reply["id"]}
    assert [chunk["index"] for chunk in chunks] == list(range(len(chunks)))
    assert [message["id"] for message in room.messages()] == [reply["id"], ada.all("messageBroadcast")[0]["id"]]


def test_every_event_has_the_shape_of_elizaos(small_house: House) -> None:
    house = small_house
    room = house.private("Ada", house.eliza)
    ada = house.socket("Ada")
    ada.joins(room)
    answer = ada.says(room, "Hi!", messageId="mine", senderName="Ada", source="client_chat")
    reply = ada.hears("messageBroadcast", count=2)

    channel = {"channelId": str(room.id), "roomId": str(room.id)}
    said = ada.all("messageBroadcast")[0]
    assert set(ada.all("authenticated")[0]) == {"entityId", "timestamp"}
    assert ada.all("authenticated")[0]["entityId"] == str(id_of("Ada"))
    assert set(ada.all("connection_established")[0]) == {"message", "socketId"}
    joined = {**channel, "message": f"Socket joined channel {room.id}", "lastSeq": 0}
    assert (ada.all("channel_joined"), ada.all("room_joined")) == ([joined], [joined])
    assert {**said, "createdAt": 0} == {
        **channel,
        "id": said["id"],
        "seq": 1,
        "senderId": str(id_of("Ada")),
        "senderName": "Ada",
        "text": "Hi!",
        "messageServerId": str(DEFAULT_MESSAGE_SERVER),
        "serverId": str(DEFAULT_MESSAGE_SERVER),
        "createdAt": 0,
        "source": "client_chat",
        "isAgent": False,
        "clientMessageId": "mine",
    }
    acknowledged = {
        **channel,
        "clientMessageId": "mine",
        "messageId": said["id"],
        "seq": 1,
        "status": "received_by_server_and_processing",
    }
    assert ada.all("messageAck") == [acknowledged]
    assert answer == {"ok": True, **acknowledged}
    assert {key: reply[key] for key in ("senderId", "senderName", "source", "isAgent", "inReplyTo", "actions")} == {
        "senderId": str(house.eliza),
        "senderName": "Eliza",
        "source": "agent_response",
        "isAgent": True,
        "inReplyTo": said["id"],
        "actions": ["REPLY"],
    }


def test_other_people_in_the_room_hear_it_too(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    ada, bob, cleo = small_house.socket("Ada"), small_house.socket("Bob"), small_house.socket("Cleo")
    for socket in (ada, bob):
        socket.joins(room)

    ada.says(room, "Hi!", messageId="mine")
    room.says("Cleo", "Over REST.")

    assert bob.hears("messageBroadcast", count=2)["text"] == "Over REST."
    assert ada.hears("messageBroadcast", count=2)["text"] == "Over REST."
    assert [message["text"] for message in bob.all("messageBroadcast")] == ["Hi!", "Over REST."]
    assert "clientMessageId" not in bob.all("messageBroadcast")[0]
    assert bob.all("messageAck") == []
    assert cleo.all("messageBroadcast") == []


def test_who_says_something_hears_it_once_and_what_comes_of_it_also_without_having_joined(small_house: House) -> None:
    room = small_house.room("Bob", "Cleo")
    ada = small_house.socket("Ada")
    room.says("Bob", "Is anybody there?")

    ada.says(room, "Hi!")
    room.says("Bob", "There you are.")

    ada.hears("messageBroadcast", count=2)
    assert [message["text"] for message in ada.all("messageBroadcast")] == ["Hi!", "There you are."]


def test_the_events_named_by_number_do_the_same(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    ada = small_house.socket("Ada")

    joined = ada.calls("1", {"roomId": str(room.id)})
    said = ada.calls("2", {"channelId": str(room.id), "senderId": str(ada.id), "message": "Hi!"})

    assert (joined["ok"], said["ok"]) == (True, True)
    assert ada.hears("room_joined")["roomId"] == str(room.id)
    assert room.history() == ["Hi!"]


def test_the_answer_of_an_agent_has_the_name_its_chunks_had_also_for_those_who_came_late(small_house: House) -> None:
    room = small_house.private("Ada", small_house.eliza)
    room.asks("Ada", "Hi!")
    ada = small_house.socket("Ada")

    ada.joins(room, lastSeq=0)

    eventually(lambda: len(ada.all("messageBroadcast")) == 2)
    assert [message["id"] for message in ada.all("messageBroadcast")] == [
        message["id"] for message in room.messages(after_seq=0)
    ]


def test_others_see_who_is_typing(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    ada, bob = small_house.socket("Ada"), small_house.socket("Bob")
    bob.joins(room)

    begun = ada.calls("typing", {"channelId": str(room.id)})
    ada.calls("typing", {"channelId": str(room.id), "isTyping": False})

    bob.hears("typing", count=2)
    told = {"channelId": str(room.id), "roomId": str(room.id), "userId": str(ada.id)}
    assert bob.all("typing") == [{**told, "isTyping": True}, {**told, "isTyping": False}]
    assert begun == {"ok": True, **told, "isTyping": True}
    assert ada.all("typing") == []


def test_others_see_how_far_somebody_has_read(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    room.says("Bob", "One.")
    said = room.says("Bob", "Two.")
    ada, bob = small_house.socket("Ada"), small_house.socket("Bob")
    bob.joins(room)

    answer = ada.calls("mark_read", {"channelId": str(room.id), "messageId": said["id"]})
    refused = ada.calls("mark_read", {})

    told = {"channelId": str(room.id), "roomId": str(room.id), "userId": str(ada.id), "lastReadSeq": 2}
    assert (answer, bob.hears("messagesRead")) == ({"ok": True, **told}, told)
    assert refused == {"ok": False, "error": "channelId is required to mark it as read", "code": "VALIDATION_ERROR"}


# Coming back


def test_who_takes_part_hears_it_after_a_break_without_joining_again(house: House) -> None:
    room, other = house.room("Ada", "Bob"), house.room("Bob", "Cleo")
    before = house.socket("Ada")
    before.joins(room)
    before.close()
    ada = house.socket("Ada")
    ada.hears("connection_established")

    other.says("Bob", "Not for Ada.")
    room.says("Bob", "Are you there?")

    assert ada.hears("messageBroadcast")["text"] == "Are you there?"
    assert ada.events == ["authenticated", "connection_established", "messageBroadcast"]


def test_who_joins_what_they_take_part_in_hears_everything_once(small_house: House) -> None:
    room = small_house.private("Ada", small_house.eliza)
    ada = small_house.socket("Ada")
    ada.joins(room)

    ada.says(room, "Hi!")
    ada.hears("messageComplete")

    assert [message["seq"] for message in ada.all("messageBroadcast")] == [1, 2]


def test_who_leaves_hears_no_more_though_they_take_part(small_house: House) -> None:
    room, other = small_house.room("Ada", "Bob"), small_house.room("Ada", "Bob")
    ada = small_house.socket("Ada")

    ada.calls("leave", {"channelId": str(room.id)})
    room.says("Bob", "Gone?")
    other.says("Bob", "Still here.")

    assert ada.hears("messageBroadcast")["text"] == "Still here."


def test_of_many_channels_the_newest_are_heard_again(small_house: House) -> None:
    rooms = [small_house.room("Ada", "Bob") for _ in range(101)]
    rooms[0].says("Bob", "This one is new again.")
    ada = small_house.socket("Ada")
    ada.hears("connection_established")

    for room in (rooms[1], rooms[0], rooms[2]):
        room.says("Bob", "Hi!")

    assert ada.hears("messageBroadcast", count=2)["channelId"] == str(rooms[2].id)
    assert ada.all("messageBroadcast")[0]["channelId"] == str(rooms[0].id)


def test_who_comes_back_hears_what_was_missed_and_then_what_is_new(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    for number in range(1, 451):
        room.says("Bob", str(number))
    ada = small_house.socket("Ada")

    joined = ada.joins(room, lastSeq=3)
    room.says("Bob", "451")

    eventually(lambda: len(ada.all("messageBroadcast")) >= 448)
    assert joined["lastSeq"] == 450
    assert [message["seq"] for message in ada.all("messageBroadcast")] == list(range(4, 452))


def test_who_comes_back_while_others_talk_misses_nothing(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    for number in range(50):
        room.says("Bob", str(number))
    talking = gevent.spawn(lambda: [room.says("Bob", f"more {number}") for number in range(50)])
    ada = small_house.socket("Ada")

    ada.joins(room, lastSeq=10)

    talking.get()
    eventually(lambda: 100 in {message["seq"] for message in ada.all("messageBroadcast")})
    # Twice is allowed, since clients drop what they have; missing is not.
    assert sorted({message["seq"] for message in ada.all("messageBroadcast")}) == list(range(11, 101))


def test_who_missed_more_than_fits_hears_all_of_it_at_their_own_pace(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    for _ in range(200):  # 20 MB; a client that is 16 MB behind is dropped.
        room.says("Bob", "x" * 100_000)
    bob = small_house.socket("Bob")

    with Peer(_port(small_house), receive_buffer=4096) as ada:
        ada.text()
        ada.send("40" + json.dumps({"entityId": str(id_of("Ada"))}))
        ada.send(f'427["1",{{"channelId":"{room.id}","lastSeq":0}}]')
        bob.joins(room)
        bob.says(room, "Where is Ada?")
        heard = list(_until_answered(ada))

    assert heard == list(range(1, 202))


def test_who_leaves_in_the_middle_of_what_was_missed_is_forgotten(
    small_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    room = small_house.room("Ada", "Bob")
    for _ in range(60):
        room.says("Bob", "x" * 100_000)

    with Peer(_port(small_house), receive_buffer=4096) as ada:
        ada.text()
        ada.send("40" + json.dumps({"entityId": str(id_of("Ada"))}))
        ada.send(f'427["1",{{"channelId":"{room.id}","lastSeq":0}}]')
        while "messageBroadcast" not in ada.text():
            pass

    eventually(lambda: small_house.server.socketio.server.eio.sockets == {})
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_who_left_hears_nothing_more(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    ada = small_house.socket("Ada")
    ada.joins(room)

    left = ada.calls("leave", {"channelId": str(room.id)})
    room.says("Bob", "Anyone?")
    ada.joins(room)
    room.says("Bob", "Ah, there you are.")

    assert left == {"ok": True, "channelId": str(room.id)}
    assert ada.hears("messageBroadcast")["text"] == "Ah, there you are."


def test_a_room_that_is_no_channel_can_be_joined(small_house: House) -> None:
    ada = small_house.socket("Ada")

    by_name = ada.calls("message", {"type": 1, "payload": {"channelId": "lobby", "agentId": "a"}})
    by_id = ada.joins(new_id())

    assert (by_name["ok"], by_name["agentId"], by_id["ok"]) == (True, "a", True)


def test_one_channel_is_one_room_in_either_spelling_of_its_id(small_house: House) -> None:
    room = small_house.room("Ada", "Bob")
    ada = small_house.socket("Ada")
    ada.calls("message", {"type": 1, "payload": {"channelId": str(room.id).upper()}})

    room.says("Bob", "Hi!")

    assert ada.hears("messageBroadcast")["text"] == "Hi!"


def test_a_channel_nobody_made_is_made_by_the_first_message(house: House) -> None:
    room = Room(house, to_uuid("new"))
    ada = house.socket("Ada")
    ada.joins(room, metadata={"isDm": True})

    ada.says(room, "Hi!", metadata={"isDm": True}, targetUserId=str(house.eliza))

    room.reads("Hi!", "All right.")
    channel = house.http.get(f"/api/messaging/channels/{room.id}/details").json["data"]
    assert channel["type"] == "DM"


# What else a room hears


def test_a_failure_is_told_to_the_room_with_its_reason(house: House) -> None:
    house.model.will_say(ModelRefused("Not of this."))
    room = house.private("Ada", house.eliza)
    ada = house.socket("Ada")
    ada.joins(room)

    said = ada.says(room, "Hi!")

    error = ada.hears("messageStreamError")
    assert error == {
        "messageId": error["messageId"],
        "channelId": str(room.id),
        "agentId": str(house.eliza),
        "error": "Not of this.",
        "inReplyTo": said["messageId"],
    }
    states = [(state["status"], state.get("reason")) for state in ada.all("turnState") if "step" not in state]
    assert states == [("running", None), ("failed", "Not of this.")]
    assert ada.hears("messageComplete")["channelId"] == str(room.id)


def test_the_steps_of_a_turn_can_be_watched(small_house: House) -> None:
    room = small_house.private("Ada", small_house.eliza)
    ada = small_house.socket("Ada")
    ada.joins(room)

    said = ada.says(room, "Hi!")

    ada.hears("messageComplete")
    states = ada.all("turnState")
    assert [(state["status"], state.get("step")) for state in states] == [
        ("running", None),
        *(("running", step) for step in ("remembering", "attending", "composing", "thinking", "acting", "reflecting")),
        ("replied", None),
    ]
    assert {(state["messageId"], state["agentName"], state["replyId"]) for state in states} == {
        (said["messageId"], "Eliza", room.messages()[0]["id"])
    }


def test_changes_of_a_channel_are_told_to_its_room(small_house: House) -> None:
    house = small_house
    room = house.room("Ada", "Bob")
    ada = house.socket("Ada")
    ada.joins(room)
    said = room.says("Bob", "Oops.")
    channel = f"/api/messaging/channels/{room.id}"

    house.http.delete(f"{room.url}/{said['id']}")
    house.http.delete(room.url)
    renamed = house.http.patch(channel, json={"name": "Tea"}).json["data"]
    house.http.delete(channel)

    ada.hears("channelDeleted")
    here = {"channelId": str(room.id)}
    assert ada.heard[-4:] == [
        ("messageDeleted", {**here, "messageId": said["id"]}),
        ("channelCleared", here),
        ("channelUpdated", {**here, "updates": renamed}),
        ("channelDeleted", here),
    ]


def test_a_message_sent_again_is_told_to_its_author_only(house: House) -> None:
    room = house.room("Ada", "Bob")
    ada, bob = house.socket("Ada"), house.socket("Bob")
    for socket in (ada, bob):
        socket.joins(room)

    first, again = (ada.says(room, "Hi!", messageId="mine") for _ in range(2))
    room.says("Bob", "Hello.")

    bob.hears("messageBroadcast", count=2)
    eventually(lambda: len(ada.all("messageBroadcast")) == 3)
    assert first == again
    assert [message["text"] for message in bob.all("messageBroadcast")] == ["Hi!", "Hello."]
    assert [message["text"] for message in ada.all("messageBroadcast")] == ["Hi!", "Hi!", "Hello."]


def test_what_one_client_sends_is_stored_in_the_order_it_sent(open_house: Callable[..., House]) -> None:
    house = open_house()
    room = house.room("Ada", "Bob")
    ada = house.socket("Ada")

    for number in range(50):
        payload = {"channelId": str(room.id), "senderId": str(ada.id), "message": str(number)}
        ada.emits("message", {"type": 2, "payload": payload})

    ada.hears("messageAck", count=50)
    assert room.history() == [str(number) for number in range(50)]


def _port(house: House) -> int:
    return int(house.serve().rpartition(":")[2])


def _until_answered(peer: Peer) -> Iterator[int]:
    """The places of the messages that are heard before the acknowledgement."""
    while not (told := peer.text()).startswith("437"):
        event, payload = json.loads(told[2:]) if told.startswith("42") else ("", {})
        if event == "messageBroadcast":
            yield payload["seq"]
