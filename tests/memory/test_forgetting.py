"""Forgetting: what is deleted lives on in nobody's memory."""

from typing import Any

from eliza.db import tables
from eliza.db.rows import column
from tests.memory.make import Someone


def test_a_deleted_channel_is_forgotten_by_every_agent_that_was_there(agent: Someone, other: Someone) -> None:
    channel, elsewhere = agent.house.room("Ada", agent.id, other.id), agent.talks("Bob", "Ho!")
    channel.says("Ada", f"Hi, {agent.name} and {other.name}!")
    channel.settles()
    agent.remembers("noted there", room=agent.room_of(channel), table="facts", vector=(1.0, 0.0))
    assert other.kept() != []

    agent.house.http.delete(f"/api/messaging/channels/{channel.id}")

    assert (agent.kept(), other.kept()) == (["All right.", "Ho!"], [])
    with agent.house.server.database.read():
        rooms = tables.Room.select(tables.Room.channel_id).where(tables.Room.agent.in_([agent.id, other.id]))
        assert column(rooms) == [elsewhere.id]
        assert column(tables.Embedding.select(tables.Embedding.memory)) == []


def test_a_cleared_channel_is_forgotten_with_what_was_made_of_it(agent: Someone) -> None:
    channel, _ = agent.talks("Ada", "Hi!"), agent.talks("Bob", "Ho!")

    agent.house.http.delete(f"/api/messaging/channels/{channel.id}/messages")

    assert agent.kept() == ["All right.", "Ho!"]


def test_a_deleted_agent_leaves_no_row_behind(agent: Someone) -> None:
    agent.talks("Ada")
    agent.remembers("noted", table="facts", vector=(1.0, 0.0))
    agent.asked("worlds", method="POST", under="agents", json={"name": "Oz"})
    agent.asked("rooms", method="POST", json={"name": "Study"})

    agent.house.http.delete(f"/api/agents/{agent.id}")

    of_agents: list[Any] = [table for table in tables.ALL if "agent" in table._meta.fields]
    with agent.house.server.database.read():
        assert [table for table in of_agents if table.select().where(table.agent == agent.id).exists()] == []
        assert column(tables.Embedding.select(tables.Embedding.memory)) == []
        assert agent.id not in column(tables.ChannelParticipant.select(tables.ChannelParticipant.entity_id))
