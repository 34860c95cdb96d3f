"""Questions: what a turn is about, read from the tables."""

from uuid import UUID

from eliza.db import Database, Statement, param, tables
from eliza.memory.conversation import Conversation
from eliza.runtime.turn import Place, Question
from eliza.turns.turns import Claim


class StoredQuestions:
    def __init__(self, database: Database, conversation: Conversation) -> None:
        self._database = database
        self._conversation = conversation

    def load(self, claim: Claim) -> Question | None:
        """None when the message is gone by now."""
        with self._database.read():
            said = self._conversation.conversation(claim.channel_id, until_seq=claim.seq, limit=1)
            place = self._place(claim.channel_id)
        if not said or said[0].id != claim.message_id or place is None:
            return None
        return Question(turn_id=claim.id, place=place, message=said[0], hop=claim.hop, attempt=claim.attempt)

    def _place(self, channel_id: UUID) -> Place | None:
        channel = self._database.run(_CHANNEL, id=channel_id)
        if not channel:
            return None
        kind, name, metadata = channel[0]
        agents = tuple(agent_id for (agent_id,) in self._database.run(_AGENTS, channel=channel_id))
        return Place(channel_id, kind, name, agents, metadata or {})


_channel, _agent, _seat = tables.Channel, tables.Agent, tables.ChannelParticipant
_CHANNEL = Statement(
    lambda: _channel.select(_channel.type, _channel.name, _channel.metadata).where(
        _channel.id == param("id", _channel.id)
    )
)
_AGENTS = Statement(
    lambda: _agent.select(_agent.id).where(
        _agent.id.in_(_seat.select(_seat.entity_id).where(_seat.channel == param("channel", _seat.channel)))
    )
)
