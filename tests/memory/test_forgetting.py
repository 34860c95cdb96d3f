"""Forgetting: what is deleted lives on in nobody's memory."""

from eliza.db import tables
from eliza.db.rows import column
from tests.house_kit import House, Room
from tests.memory.make import kept, memory


def test_a_deleted_channel_is_forgotten_by_every_agent_that_was_there(house: House) -> None:
    room, other = house.room("Ada", house.eliza, house.agent("Alpha")), house.private("Bob", house.eliza)
    _talk(room, "Ada", "Eliza and Alpha, hi!")
    _talk(other, "Bob", "Ho!")
    _, vectored = (memory(house, text, room=_room_of(room), vector=(1.0, 0.0)) for text in ("noted", "noted too"))

    house.http.delete(f"/api/messaging/channels/{room.id}")

    assert kept(house) == ["All right.", "Ho!"]
    with house.server.database.read():
        assert column(tables.Room.select(tables.Room.channel_id)) == [other.id]
        assert list(tables.Embedding.select().where(tables.Embedding.memory == vectored)) == []


def test_a_cleared_channel_is_forgotten_with_what_was_made_of_it(house: House) -> None:
    room, other = house.private("Ada", house.eliza), house.private("Bob", house.eliza)
    _talk(room, "Ada", "Hi!")
    _talk(other, "Bob", "Ho!")

    house.http.delete(f"/api/messaging/channels/{room.id}/messages")

    assert kept(house) == ["All right.", "Ho!"]


def test_a_deleted_agent_leaves_no_row_behind(house: House) -> None:
    alpha = house.agent("Alpha")
    _talk(house.private("Ada", alpha), "Ada", "Hi!")
    memory(house, "noted", agent=alpha, table="facts", vector=(1.0, 0.0))
    for path, body in (("agents/{}/worlds", {"name": "Oz"}), ("memory/{}/rooms", {"name": "Study"})):
        house.http.post(f"/api/{path.format(alpha)}", json=body)

    house.http.delete(f"/api/agents/{alpha}")

    with house.server.database.read():
        left = [table for table in tables.ALL if "agent" in table._meta.fields and list(table.select())]
        assert [(table, set(column(table.select(table.agent)))) for table in left] == [
            (tables.MessageServerAgent, {house.eliza})
        ]
        assert list(tables.Embedding.select()) == []
        assert alpha not in column(tables.ChannelParticipant.select(tables.ChannelParticipant.entity_id))


def _talk(room: Room, person: str, text: str) -> None:
    room.asks(person, text)
    room.settles()


def _room_of(room: Room) -> object:
    with room.house.server.database.read():
        return tables.Room.get(tables.Room.channel_id == room.id).id
