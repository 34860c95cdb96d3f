"""Reading: how far everybody has read a channel."""

from dataclasses import dataclass
from uuid import UUID

from eliza.db import Database, tables
from eliza.db.paging import Page
from eliza.db.participation import takes_part
from eliza.errors import InvalidInput
from eliza.events import Bus, ChannelRead
from eliza.messaging import seats
from eliza.messaging.channels import Channels, NotAParticipant
from eliza.messaging.messages import MessageNotFound, Messages


@dataclass(frozen=True, slots=True)
class ReadState:
    """Somebody has read everything up to ``seq``."""

    entity_id: UUID
    seq: int


class Reading:
    def __init__(self, database: Database, bus: Bus, channels: Channels, messages: Messages) -> None:
        self._database = database
        self._bus = bus
        self._channels = channels
        self._messages = messages

    def mark(
        self, channel_id: UUID, entity_id: UUID, *, seq: int | None = None, message_id: UUID | None = None
    ) -> ReadState:
        """Somebody has read up to a number or a message, or everything there is; what was read stays read.

        Raises ``ChannelNotFound``, ``NotAParticipant``, ``MessageNotFound`` also for a message where they take no part,
        or ``InvalidInput`` for one of another channel in which they do.
        """
        newest = self._channels.get(channel_id).last_seq
        if message_id is not None:
            seq = self._place_of(message_id, channel_id, entity_id)
        reached = newest if seq is None else min(seq, newest)
        return self._database.write(lambda: self._mark(channel_id, entity_id, reached), order=channel_id)

    def page(self, channel_id: UUID, *, limit: int, cursor: str | None = None) -> Page[ReadState]:
        """How far each of those who take part has read, in the order of their ids. Raises ``ChannelNotFound``."""
        self._channels.get(channel_id)
        with self._database.read():
            page = seats.page(channel_id, limit=limit, cursor=cursor)
        return page.map(lambda seat: ReadState(seat.entity_id, seat.last_read_seq))

    def _place_of(self, message_id: UUID, channel_id: UUID, entity_id: UUID) -> int:
        message = self._messages.existing(message_id)
        if message.channel_id != channel_id:
            with self._database.read():
                if not takes_part(entity_id, message.channel_id):
                    raise MessageNotFound(message_id)
            raise InvalidInput("messageId: is not in this channel", details={"field": "messageId"})
        return message.seq

    def _mark(self, channel_id: UUID, entity_id: UUID, reached: int) -> ReadState:
        seat, mine = tables.ChannelParticipant, seats.of(channel_id, entity_id)
        # The condition keeps two marks that cross each other from setting the later one back.
        if seat.update(last_read_seq=reached).where(mine & (seat.last_read_seq < reached)).execute():
            read = ChannelRead(channel_id, entity_id, reached)
            self._database.after_commit(lambda: self._bus.publish(read))
        row = seat.get_or_none(mine)
        if row is None:
            raise NotAParticipant(channel_id, entity_id)
        return ReadState(entity_id, row.last_read_seq)
