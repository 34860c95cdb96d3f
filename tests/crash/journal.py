"""Journal: what people outside know for certain, written down as they learn it."""

import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Way = Literal["messageId", "Idempotency-Key", "socket"]
"""How a person names a submission, so that it can be made again."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The server's word that a message is stored: which row it is, and its place in the channel."""

    id: str
    seq: int | None


@dataclass(slots=True)
class Question:
    """A message a person wants to have said exactly once, however often they must try."""

    channel_id: str
    author_id: str
    text: str
    client_id: str
    way: Way
    acknowledged: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as a listener was told of it."""

    channel_id: str
    id: str
    seq: int | None
    text: str


@dataclass(slots=True)
class Journal:
    questions: list[Question] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What the server said that it may never say, whatever becomes of it."""

    def new_question(self, random: Random, channel_id: str, author_id: str, way: Way, words: str) -> Question:
        """A question whose text is said nowhere else."""
        text = f"{words} question {len(self.questions) + 1}: what is new?"
        question = Question(channel_id, author_id, text, str(uuid.UUID(int=random.getrandbits(128), version=4)), way)
        self.questions.append(question)
        return question

    def acknowledge(self, question: Question, word: Acknowledgement) -> None:
        """Note the server's word; a second word on the same question must be the first one again."""
        if question.acknowledged is None:
            question.acknowledged = word
        elif question.acknowledged != word:
            self.complaints.append(f"{question} was submitted again and is now {word}")

    def hear(self, message: dict[str, object]) -> None:
        """Note a ``messageBroadcast``."""
        channel_id = str(message.get("channelId") or message.get("roomId"))
        seq = message.get("seq")
        place = seq if isinstance(seq, int) else None
        self.heard.append(Heard(channel_id, str(message.get("id")), place, str(message.get("text"))))
