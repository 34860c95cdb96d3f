"""Messaging: the parts of this folder, put together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from eliza.clock import Clock
from eliza.db import Database
from eliza.events import Bus, Message
from eliza.messaging.announcements import Announcements
from eliza.messaging.answers import Answers
from eliza.messaging.arrivals import Arrivals
from eliza.messaging.bridge import Bridge
from eliza.messaging.channels import Channels
from eliza.messaging.edits import Edits
from eliza.messaging.messages import Messages
from eliza.messaging.mirrors import Mirrors
from eliza.messaging.reading import Reading
from eliza.messaging.replies import Replies
from eliza.messaging.rights import Rights
from eliza.messaging.search import Search
from eliza.messaging.servers import MessageServers


@dataclass(frozen=True, slots=True)
class Messaging:
    announcements: Announcements
    servers: MessageServers
    channels: Channels
    messages: Messages
    arrivals: Arrivals
    edits: Edits
    bridge: Bridge
    replies: Replies
    reading: Reading
    rights: Rights

    @classmethod
    def build(
        cls,
        database: Database,
        clock: Clock,
        bus: Bus,
        *,
        when_posted: Callable[[Message], None],
        when_edited: Callable[[Message], None],
    ) -> "Messaging":
        """Both are called inside of the unit of work, for what must be stored with a message."""
        announcements, channels = Announcements(database, clock, bus), Channels(database, clock, bus)
        messages = Messages(database, clock, bus, announcements, when_posted)
        edits = Edits(database, clock, bus, messages, when_edited)
        return cls(
            announcements,
            MessageServers(database, clock, bus),
            channels,
            messages,
            Arrivals(channels, messages),
            edits,
            Bridge(database, bus, channels, messages, edits),
            Replies(database, clock, bus, messages),
            Reading(database, bus, channels, messages),
            Rights(database),
        )

    def parts(self, database: Database) -> Iterator[object]:
        """What the routes look up by its type."""
        yield from (self.servers, self.channels, self.messages, self.arrivals, self.edits, self.bridge)
        yield from (self.replies, Answers(self.replies), self.reading, self.rights)
        yield from (Mirrors(database, self.channels), Search(database))
