"""Spine: the nouns below the routes, on an open database. Nothing happens by itself: each step is taken by hand."""

from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from eliza.agents.agents import Agents
from eliza.agents.secrets import CharacterSecrets
from eliza.budgets.budgets import Budgets
from eliza.budgets.prices import Prices
from eliza.config import BudgetSettings
from eliza.db import Database
from eliza.events import Bus, ChannelCleared, ChannelDeleted, Message, MessageDeleted, MessagePosted, TurnChanged
from eliza.llm.registry import Models
from eliza.logs.agent_logs import AgentLogs
from eliza.memory.conversation import Conversation
from eliza.memory.memories import Memories
from eliza.messaging.announcements import Announcements
from eliza.messaging.channels import Channels
from eliza.messaging.messages import Draft, Messages
from eliza.messaging.replies import Replies, TurnState
from eliza.messaging.servers import MessageServers
from eliza.plugins import BUILT_IN
from eliza.runtime.character import Character
from eliza.runtime.turn import NewMemory, Outcome, Reply
from eliza.testing.clock import FrozenClock
from eliza.turns.guard import Limits
from eliza.turns.owner import Owner
from eliza.turns.turns import Turns
from eliza.vault.vault import Vault
from tests.house_kit import id_of

LEASE = 30.0
_E = TypeVar("_E")


class Spine:
    """``heard`` is everything that was announced, in order."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FrozenClock()
        self.bus = Bus(lambda tell: tell())
        self.heard: list[Any] = []
        for kind in (MessagePosted, MessageDeleted, ChannelCleared, ChannelDeleted, TurnChanged):
            self.bus.subscribe(kind, self.heard.append)
        self.announcements = Announcements(database, self.clock, self.bus)
        self.servers = MessageServers(database, self.clock, self.bus)
        self.servers.ensure_default()
        self.channels = Channels(database, self.clock, self.bus)
        self.messages = Messages(database, self.clock, self.bus, self.announcements)
        self.replies = Replies(database, self.clock, self.bus, self.messages)
        self.agents = Agents(
            database, self.clock, self.bus, BUILT_IN, CharacterSecrets(Vault("the key of a spine"), _say_nothing)
        )
        self.conversation = Conversation(database)
        self.memories = Memories(database, self.clock)

    def agent(self, name: str, *, active: bool = True) -> UUID:
        return self.agents.add(Character.parse({"name": name, "bio": f"{name} listens."}), active=active).id

    def channel(self, *who: str | UUID, type: str = "GROUP") -> UUID:  # noqa: A002  # The field's name in the domain.
        return self.channels.create("the room", type=type, participants=[id_of(one) for one in who]).id

    def say(self, channel_id: UUID, who: str | UUID, text: str = "Hi!", **more: Any) -> Message:
        return self.messages.post(Draft(channel_id, id_of(who), text, **more)).message

    def history(self, channel_id: UUID) -> list[str]:
        return [message.text for message in self.messages.after(channel_id, 0, limit=1000)]

    def turns(
        self, *, owner: Owner | None = None, attempts: int = 3, in_a_row: int = 10, memories: Memories | None = None
    ) -> Turns:
        return Turns(
            self.database,
            self.clock,
            self.bus,
            self.messages,
            memories or self.memories,
            AgentLogs(self.database),
            Budgets(self.database, self.clock, Models(), BudgetSettings(), Prices({})),
            owner=owner or Owner.myself(),
            lease=timedelta(seconds=LEASE),
            attempts=attempts,
            limits=Limits(in_a_row),
        )

    def states(self, message: Message) -> list[TurnState]:
        return self.replies.states(message.id)

    def ends(self, message: Message) -> list[tuple[str, str | None]]:
        """How the turns on a message stand, and why."""
        return [(state.status, state.reason) for state in self.states(message)]

    def told(self, kind: type[_E]) -> list[_E]:
        return [event for event in self.heard if isinstance(event, kind)]


def _say_nothing(_secret: str) -> None:
    """Nobody here keeps a log."""


def replied(*texts: str, memories: tuple[NewMemory, ...] = ()) -> Outcome:
    replies = tuple(Reply(text, "", ("REPLY",), ()) for text in texts)
    return Outcome("replied", "it was asked", replies=replies, memories=memories, model="scripted/model")


def elsewhere(number: int = 1) -> Owner:
    """A process on a machine nobody here can look into."""
    return Owner(f"host-{number}", 1, 1)
