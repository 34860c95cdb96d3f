"""Rights: what people may do with channels and messages.

Callers who may see all conversations may do everything. All others access only the channels they take part in; every
other channel looks as if it did not exist. In their channels they read, write and change their own messages. Only the
creator may change the channel itself. A direct channel belongs to both of its people, and nobody else can join it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from eliza.access.principal import Forbidden, NotYourself, Principal
from eliza.access.roles import Permission
from eliza.db import Database, tables
from eliza.db.participation import in_channels_of, takes_part
from eliza.errors import Conflict
from eliza.messaging import seats
from eliza.messaging.channels import ChannelNotFound
from eliza.messaging.messages import MessageNotFound

_DIRECT = frozenset({"DM", "VOICE_DM"})
_TWO = 2
_MOST_SEATS = 1000
"""In a channel created by a member. Many operations read all participants, so their number is bounded."""


class ChannelNotYours(Forbidden):
    """They take part in the channel, but somebody else created it."""

    code = "CHANNEL_NOT_YOURS"

    def __init__(self, channel_id: UUID) -> None:
        super().__init__(f"Only its creator may change channel {channel_id}; you may read, write and leave")


class MessageNotYours(Forbidden):
    code = "MESSAGE_NOT_YOURS"

    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"Only its author may change message {message_id}")


class DirectChannelIsForTwo(Forbidden):
    code = "DIRECT_CHANNEL_IS_FOR_TWO"

    def __init__(self) -> None:
        super().__init__("A direct channel is for its two people; either may leave, but nobody else can be added")


class ChannelFull(Conflict):
    code = "CHANNEL_FULL"

    def __init__(self, channel_id: UUID) -> None:
        super().__init__(f"Channel {channel_id} cannot have more than {_MOST_SEATS} participants")


@dataclass(frozen=True, slots=True)
class _Membership:
    """A channel and its participants."""

    creator_id: UUID | None
    is_direct: bool
    pair: str | None
    participants: frozenset[UUID]

    def has_room_for(self, people: frozenset[UUID]) -> bool:
        """A direct channel with a ``pair`` stays open to both of its people, even after one of them has left."""
        if not self.is_direct:
            return True
        if self.pair is not None:
            return all(str(person) in self.pair.split(":")[1:] for person in people)
        return len(self.participants | people) <= _TWO


class Rights:
    def __init__(self, database: Database) -> None:
        self._database = database

    def can_see(self, message_id: UUID, entity_id: UUID) -> bool:
        """True for a message in a channel in which the entity takes part."""
        row = tables.Message
        with self._database.read():
            return bool(in_channels_of(entity_id, row.select(row.id)).where(row.id == message_id).exists())

    def require_participation(self, principal: Principal, channel_id: UUID) -> None:
        """Raises ``ChannelNotFound`` if the channel does not exist or they do not take part in it."""
        if principal.scope is None:
            return
        with self._database.read():
            if not takes_part(principal.scope, channel_id):
                raise ChannelNotFound(channel_id)

    def require_message(self, principal: Principal, message_id: UUID) -> None:
        """Raises ``MessageNotFound`` if the message does not exist or they do not take part in its channel."""
        if principal.scope is not None and not self.can_see(message_id, principal.scope):
            raise MessageNotFound(message_id)

    def require_place(self, principal: Principal, message_id: UUID | None, channel_id: UUID | None) -> None:
        """Check the message if one is given, else the channel. Raises ``MessageNotFound`` or ``ChannelNotFound``."""
        if message_id is not None:
            self.require_message(principal, message_id)
        elif channel_id is not None:
            self.require_participation(principal, channel_id)

    def require_author(self, principal: Principal, message_id: UUID) -> None:
        """Raises ``MessageNotYours`` for a message of an author for whom they may not speak."""
        if principal.sees_all or principal.may(Permission.ACT_AS):
            return
        row = tables.Message
        with self._database.read():
            message = row.get_or_none(row.id == message_id)
        if message is not None and message.author_id != principal.entity_id:
            raise MessageNotYours(message_id)

    def require_deletion(self, principal: Principal, channel_id: UUID, message_id: UUID) -> None:
        """Authors may delete their own messages, creators of a channel all of them. Raises ``MessageNotYours``."""
        if principal.scope is None or self._is_creator(principal.scope, self._place(channel_id)):
            return
        self.require_author(principal, message_id)

    def require_creator(self, principal: Principal, channel_id: UUID) -> None:
        """Raises ``ChannelNotYours``, or ``ChannelNotFound``."""
        if principal.scope is not None:
            self._created_by(principal.scope, channel_id)

    def require_addition(self, principal: Principal, channel_id: UUID, *people: UUID) -> None:
        """Check that these people may be added.

        Raises ``DirectChannelIsForTwo`` or ``ChannelFull``, and as ``require_creator``.
        """
        if principal.scope is None:
            return
        place = self._created_by(principal.scope, channel_id)
        if not place.has_room_for(frozenset(people)):
            raise DirectChannelIsForTwo
        if len(place.participants.union(people)) > _MOST_SEATS:
            raise ChannelFull(channel_id)

    def require_removal(self, principal: Principal, channel_id: UUID, person: UUID) -> None:
        """Check that a person may be removed; everybody may leave. Raises as ``require_addition``."""
        if principal.scope in {None, person}:
            return
        place = self._created_by(principal.scope, channel_id)
        if place.is_direct:
            raise DirectChannelIsForTwo

    def allowed_participants(
        self, principal: Principal, channel_id: UUID, people: Iterable[UUID] | None
    ) -> list[UUID] | None:
        """The new list of participants, which always keeps the caller. Raises as ``require_addition``."""
        if people is None or principal.scope is None:
            self.require_creator(principal, channel_id)
            return None if people is None else list(people)
        place = self._created_by(principal.scope, channel_id)
        wanted = frozenset(people) | {principal.scope}
        if place.is_direct and not (wanted >= place.participants and place.has_room_for(wanted - place.participants)):
            raise DirectChannelIsForTwo
        return list(wanted)

    def _created_by(self, entity_id: UUID, channel_id: UUID) -> _Membership:
        place = self._place(channel_id)
        if place is None:
            raise ChannelNotFound(channel_id)
        if not self._is_creator(entity_id, place):
            raise ChannelNotYours(channel_id)
        return place

    def _is_creator(self, entity_id: UUID, place: _Membership | None) -> bool:
        return place is not None and (place.is_direct or place.creator_id == entity_id)

    def _place(self, channel_id: UUID) -> _Membership | None:
        channel = tables.Channel
        with self._database.read():
            row = channel.get_or_none(channel.id == channel_id)
            if row is None:
                return None
            return _Membership(row.creator_id, row.type in _DIRECT, row.pair, seats.everybody(channel_id))


def initial_participants(principal: Principal, kind: str, people: Iterable[UUID]) -> list[UUID]:
    """The participants of a new channel: those who are named, and its creator, who could not see it otherwise.

    Raises ``DirectChannelIsForTwo``.
    """
    if principal.scope is None or principal.entity_id is None:
        return list(people)
    participants = list(dict.fromkeys((principal.entity_id, *people)))
    if kind in _DIRECT and len(participants) > _TWO:
        raise DirectChannelIsForTwo
    return participants


def require_one_of(principal: Principal, field: str, *people: UUID) -> None:
    """Raises ``NotYourself`` unless the caller is one of these people or may speak for others."""
    if not (principal.sees_all or principal.entity_id in people or principal.may(Permission.ACT_AS)):
        raise NotYourself(field)
