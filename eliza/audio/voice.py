"""Voice: text as sound."""

from dataclasses import dataclass
from uuid import UUID

from eliza.errors import InvalidInput
from eliza.llm import calls
from eliza.llm.registry import Models
from eliza.media.kinds import sound_type
from eliza.messaging.channels import Channels
from eliza.messaging.messages import MessageNotFound, Messages


@dataclass(frozen=True, slots=True)
class Speech:
    text: str
    content: bytes
    content_type: str


class Voice:
    def __init__(self, models: Models, channels: Channels, messages: Messages) -> None:
        self._models = models
        self._channels = channels
        self._messages = messages

    def require_model(self) -> None:
        """Raises ``NoModel``, so that nobody asks an agent for words that cannot be spoken."""
        self._models.speech()

    def speak(self, text: str) -> Speech:
        """Raises a ``ModelError``."""
        content = calls.speak(self._models.speech(), text)
        return Speech(text, content, sound_type(content))

    def read_out(self, message_id: UUID, agent_id: UUID, person: UUID | None = None) -> Speech:
        """A message of a channel that the agent takes part in, and ``person`` too, if given.

        Raises ``MessageNotFound`` or a ``ModelError``.
        """
        message = self._messages.existing(message_id)
        seated = self._channels.participants(message.channel_id)
        if agent_id not in {message.author_id, *seated} or (person is not None and person not in seated):
            raise MessageNotFound(message_id)
        if not message.text.strip():
            raise InvalidInput(f"messageId: message {message_id} has no words", details={"field": "messageId"})
        return self.speak(message.text)
