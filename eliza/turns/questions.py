"""Questions: what a turn is about, read from the tables."""

from uuid import UUID

from eliza.db import Database, tables
from eliza.db.rows import column
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
        channel = tables.Channel.get_or_none(tables.Channel.id == channel_id)
        if channel is None:
            return None
        agent, seat = tables.Agent, tables.ChannelParticipant
        seated = seat.select(seat.entity_id).where(seat.channel == channel_id)
        ids = tuple(column(agent.select(agent.id).where(agent.id.in_(seated))))
        return Place(channel.id, channel.type, channel.name, ids, channel.metadata or {})
