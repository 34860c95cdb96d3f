"""Rights: what people may do in channels and with messages, as their credential says who they are.

Whoever sees all conversations may do everything. Others are in the channels they take part in, and nowhere else: what
is elsewhere is not there. In their channels they read and write, and change what they wrote; the channel itself is for
who made it to change. A direct channel is its two people's alike, and nobody else's ever.
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
"""In a channel of a member's: what is done there looks at who takes part, again and again."""


class ChannelNotYours(Forbidden):
    """They take part in the channel, and somebody else made it."""

    code = "CHANNEL_NOT_YOURS"

    def __init__(self, channel_id: UUID) -> None:
        super().__init__(f"Channel {channel_id} is for who made it to change; you may read, write and leave")


class MessageNotYours(Forbidden):
    code = "MESSAGE_NOT_YOURS"

    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"Message {message_id} is for its author to change")


class DirectChannelIsForTwo(Forbidden):
    code = "DIRECT_CHANNEL_IS_FOR_TWO"

    def __init__(self) -> None:
        super().__init__("A direct channel is for its two people; each may leave it, and nobody else may come in")


class ChannelFull(Conflict):
    code = "CHANNEL_FULL"

    def __init__(self, channel_id: UUID) -> None:
        super().__init__(f"Channel {channel_id} has no room for more than {_MOST_SEATS} participants")


@dataclass(frozen=True, slots=True)
class _Place:
    """A channel in which somebody takes part."""

    creator_id: UUID | None
    is_direct: bool
    pair: str | None
    seated: frozenset[UUID]

    def has_room_for(self, people: frozenset[UUID]) -> bool:
        """A direct channel found by its two people is theirs even when one has left, and asks for it again."""
        if not self.is_direct:
            return True
        if self.pair is not None:
            return all(str(person) in self.pair.split(":")[1:] for person in people)
        return len(self.seated | people) <= _TWO


class Rights:
    def __init__(self, database: Database) -> None:
        self._database = database

    def can_see(self, message_id: UUID, entity_id: UUID) -> bool:
        """True for a message in a channel in which they take part."""
        row = tables.Message
        with self._database.read():
            return bool(in_channels_of(entity_id, row.select(row.id)).where(row.id == message_id).exists())

    def require_participation(self, principal: Principal, channel_id: UUID) -> None:
        """Raises ``ChannelNotFound`` for a channel in which they take no part, and for none at all."""
        if principal.scope is None:
            return
        with self._database.read():
            if not takes_part(principal.scope, channel_id):
                raise ChannelNotFound(channel_id)

    def require_message(self, principal: Principal, message_id: UUID) -> None:
        """Raises ``MessageNotFound`` for a message in a channel out of their reach, and for none at all."""
        if principal.scope is not None and not self.can_see(message_id, principal.scope):
            raise MessageNotFound(message_id)

    def require_place(self, principal: Principal, message_id: UUID | None, channel_id: UUID | None) -> None:
        """Of a message if there is one, else of a channel. Raises ``MessageNotFound`` or ``ChannelNotFound``."""
        if message_id is not None:
            self.require_message(principal, message_id)
        elif channel_id is not None:
            self.require_participation(principal, channel_id)

    def require_author(self, principal: Principal, message_id: UUID) -> None:
        """Raises ``MessageNotYours`` for what is said by somebody for whom they may not speak."""
        if principal.sees_all or principal.may(Permission.ACT_AS):
            return
        row = tables.Message
        with self._database.read():
            message = row.get_or_none(row.id == message_id)
        if message is not None and message.author_id != principal.entity_id:
            raise MessageNotYours(message_id)

    def require_deletion(self, principal: Principal, channel_id: UUID, message_id: UUID) -> None:
        """Who made a channel may delete what others said there. Raises ``MessageNotYours``."""
        if principal.scope is None or self._is_creator(principal.scope, self._place(channel_id)):
            return
        self.require_author(principal, message_id)

    def require_creator(self, principal: Principal, channel_id: UUID) -> None:
        """Raises ``ChannelNotYours``, or ``ChannelNotFound``."""
        if principal.scope is not None:
            self._created_by(principal.scope, channel_id)

    def require_addition(self, principal: Principal, channel_id: UUID, *people: UUID) -> None:
        """These people are to take part too.

        Raises ``DirectChannelIsForTwo`` or ``ChannelFull``, and as ``require_creator``.
        """
        if principal.scope is None:
            return
        place = self._created_by(principal.scope, channel_id)
        if not place.has_room_for(frozenset(people)):
            raise DirectChannelIsForTwo
        if len(place.seated.union(people)) > _MOST_SEATS:
            raise ChannelFull(channel_id)

    def require_removal(self, principal: Principal, channel_id: UUID, person: UUID) -> None:
        """Somebody is to take part no more; everybody may leave. Raises as ``require_addition``."""
        if principal.scope in {None, person}:
            return
        place = self._created_by(principal.scope, channel_id)
        if place.is_direct:
            raise DirectChannelIsForTwo

    def allowed_participants(
        self, principal: Principal, channel_id: UUID, people: Iterable[UUID] | None
    ) -> list[UUID] | None:
        """Exactly who is to take part from now on; who says so stays. Raises as ``require_addition``."""
        if people is None or principal.scope is None:
            self.require_creator(principal, channel_id)
            return None if people is None else list(people)
        place = self._created_by(principal.scope, channel_id)
        wanted = frozenset(people) | {principal.scope}
        if place.is_direct and not (wanted >= place.seated and place.has_room_for(wanted - place.seated)):
            raise DirectChannelIsForTwo
        return list(wanted)

    def _created_by(self, entity_id: UUID, channel_id: UUID) -> _Place:
        place = self._place(channel_id)
        if place is None:
            raise ChannelNotFound(channel_id)
        if not self._is_creator(entity_id, place):
            raise ChannelNotYours(channel_id)
        return place

    def _is_creator(self, entity_id: UUID, place: _Place | None) -> bool:
        return place is not None and (place.is_direct or place.creator_id == entity_id)

    def _place(self, channel_id: UUID) -> _Place | None:
        channel = tables.Channel
        with self._database.read():
            row = channel.get_or_none(channel.id == channel_id)
            if row is None:
                return None
            return _Place(row.creator_id, row.type in _DIRECT, row.pair, seats.everybody(channel_id))


def initial_participants(principal: Principal, kind: str, people: Iterable[UUID]) -> list[UUID]:
    """Who is to take part in a new channel: those who are named, and its maker, who could not see it otherwise.

    Raises ``DirectChannelIsForTwo``.
    """
    if principal.scope is None or principal.entity_id is None:
        return list(people)
    seated = list(dict.fromkeys((principal.entity_id, *people)))
    if kind in _DIRECT and len(seated) > _TWO:
        raise DirectChannelIsForTwo
    return seated


def require_one_of(principal: Principal, field: str, *people: UUID) -> None:
    """Raises ``NotYourself`` for who is none of these people, and may speak for none of them."""
    if not (principal.sees_all or principal.entity_id in people or principal.may(Permission.ACT_AS)):
        raise NotYourself(field)
