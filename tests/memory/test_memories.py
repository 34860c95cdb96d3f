"""Memories: what a turn leaves behind, under the names elizaOS would give it."""

from eliza.db import tables
from eliza.db.rows import column, tuples
from eliza.ids import DEFAULT_MESSAGE_SERVER, unique_to
from eliza.runtime.turn import NewMemory
from tests.house_kit import House, id_of
from tests.spine import Spine, replied


def test_an_exchange_is_remembered_under_the_ids_of_elizaos(house: House) -> None:
    room = house.private("Ada", house.eliza)
    question = room.says("Ada", "Hi!")
    room.settles()

    reply = room.messages()[0]
    with house.server.database.read():
        memories = {row.id: row for row in tables.Memory.select()}
        [kept_room], [world] = tables.Room.select(), tables.World.select()
    ids = [unique_to(house.eliza, f"{message['id']}-{house.eliza}") for message in (question, reply)]
    assert set(memories) == set(ids)
    assert [memories[one].content["text"] for one in ids] == ["Hi!", "All right."]
    assert [memories[one].entity_id for one in ids] == [id_of("Ada"), house.eliza]
    assert {(row.room_id, row.type) for row in memories.values()} == {(unique_to(house.eliza, room.id), "messages")}
    assert (kept_room.id, kept_room.channel_id, kept_room.type) == (unique_to(house.eliza, room.id), room.id, "DM")
    assert (world.id, world.message_server_id) == (
        unique_to(house.eliza, DEFAULT_MESSAGE_SERVER),
        DEFAULT_MESSAGE_SERVER,
    )
    assert kept_room.world_id == world.id


def test_each_agent_knows_a_room_of_its_own(house: House) -> None:
    room = house.room("Ada", house.eliza, house.agent("Alpha"))
    room.says("Ada", "Eliza and Alpha, hi!")
    room.settles()

    with house.server.database.read():
        rooms = dict(tuples(tables.Room.select(tables.Room.agent, tables.Room.id)))
    assert rooms == {agent: unique_to(agent, room.id) for agent in rooms}
    assert len(rooms) == 2


def test_what_is_remembered_already_stays_as_it_was(spine: Spine) -> None:
    one = spine.agent("One")
    channel = spine.channel("Ada", one)
    said = spine.say(channel, "Ada")
    spine.say(channel, "Ada", "Again.")
    turns = spine.turns()
    for text in ("first", "second"):
        [claim] = turns.claim(1)
        turns.finish(claim, replied(text, memories=(NewMemory("messages", text, {}, message_id=said.id),)))

    with spine.database.read():
        kept = [row.content for row in tables.Memory.select()]
    assert kept == [{"text": "first"}]


def test_a_deleted_agent_takes_its_memories_along(house: House) -> None:
    alpha = house.agent("Alpha")
    house.private("Ada", alpha).asks("Ada", "Hi!")
    house.private("Ada", house.eliza).asks("Ada", "Hi!")

    house.http.delete(f"/api/agents/{alpha}")

    with house.server.database.read():
        for table in (tables.Memory, tables.Room, tables.World):
            assert set(column(table.select(table.agent))) == {house.eliza}


def test_a_deleted_message_is_forgotten_with_what_was_made_of_it(house: House) -> None:
    room = house.private("Ada", house.eliza)
    room.says("Ada", "Hi!")
    room.says("Ada", "My PIN is 1234.")
    room.settles()

    secret = next(one for one in room.messages() if one["content"] == "My PIN is 1234.")
    house.http.delete(f"/api/messaging/channels/{room.id}/messages/{secret['id']}")

    with house.server.database.read():
        kept = sorted(row.content["text"] for row in tables.Memory.select())
    assert kept == ["All right.", "All right.", "Hi!"]
