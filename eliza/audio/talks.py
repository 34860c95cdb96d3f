"""Talks: somebody speaks with an agent, in the same channels and by the same messages as those who write."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from eliza.access.principal import Principal
from eliza.errors import Conflict, ElizaError
from eliza.events import Message
from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from eliza.messaging.answers import AgentFailed
from eliza.messaging.arrivals import Arrivals
from eliza.messaging.channels import ChannelNotFound, Channels
from eliza.messaging.messages import Draft
from eliza.messaging.replies import Replies, TurnState
from eliza.messaging.senders import attributed

ANYBODY = to_uuid("anybody")
"""Who speaks when nobody says who."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, and in which channel; without one it is the direct channel with the agent.

    ``principal`` is who the credential says, with the leave to speak for ``id``.
    """

    id: UUID
    principal: Principal
    name: str | None = None
    channel_id: UUID | None = None

    @property
    def is_known(self) -> bool:
        return self.id != ANYBODY or self.channel_id is not None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What somebody said, and what the agent answered."""

    said: Message
    replies: tuple[Message, ...]

    @property
    def answer(self) -> str:
        return "\n\n".join(reply.text for reply in self.replies)


class AgentSilent(Conflict):
    """The agent heard it and has nothing to say; the message says why."""

    code = "AGENT_SILENT"


class AgentSlow(ElizaError):
    """The message is stored, and the agent will answer it in the channel."""

    status = 504
    code = "AGENT_SLOW"


class Talks:
    """``seconds`` is how long an agent is waited for."""

    def __init__(self, channels: Channels, arrivals: Arrivals, replies: Replies, *, seconds: float) -> None:
        self._channels = channels
        self._arrivals = arrivals
        self._replies = replies
        self._seconds = seconds

    def say(self, agent_id: UUID, speaker: Speaker, text: str) -> Message:
        """Post what somebody said; the agent will answer. Raises ``ChannelNotFound``."""
        channel_id = self._place_of(speaker, agent_id)
        # For a channel that nobody has made yet; one that exists is what it is.
        is_new = self._channels.find(channel_id) is None
        draft = Draft(
            channel_id=channel_id,
            author_id=speaker.id,
            text=text,
            author_name=speaker.name,
            source_type="client_chat",
            metadata={"targetAgentId": str(agent_id), "isSpoken": True, **({"isDm": True} if is_new else {})},
        )
        return self._arrivals.receive(attributed(draft, speaker.principal)).message

    def ask(self, agent_id: UUID, speaker: Speaker, text: str) -> Exchange:
        """Post what somebody said and wait for the answer.

        Raises ``ChannelNotFound``, ``AgentFailed``, ``AgentSilent`` or ``AgentSlow``.
        """
        said = self.say(agent_id, speaker, text)
        states = [state for state in self._replies.wait(said.id, seconds=self._seconds) if state.agent_id == agent_id]
        replies = self._replies.written(states)
        if not replies:
            raise _silence(states)
        return Exchange(said, tuple(replies))

    def _place_of(self, speaker: Speaker, agent_id: UUID) -> UUID:
        """Whoever sees everything may name a channel that is still to be; others one in which they take part."""
        is_confined = not speaker.principal.sees_all
        if speaker.channel_id is None:
            returning = speaker.id if is_confined else None
            return self._channels.return_to(speaker.id, agent_id, DEFAULT_MESSAGE_SERVER, who=returning).id
        if is_confined and not self._channels.has(speaker.channel_id, speaker.id):
            raise ChannelNotFound(speaker.channel_id)
        return speaker.channel_id


def _silence(states: Sequence[TurnState]) -> ElizaError:
    for state in states:
        if state.status == "failed":
            return AgentFailed(f"{state.agent_name} could not answer: {state.reason}")
        if state.has_ended:
            return AgentSilent(f"{state.agent_name} did not answer: {state.reason}")
    return AgentSlow("The agent has not answered yet; its answer will be in the channel")
