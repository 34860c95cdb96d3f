"""Invariants: what must be true of every channel once the server is back. Pure: rows in, violations out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.crash.journal import Heard, Question

ENDED = frozenset({"replied", "ignored", "failed"})


@dataclass(frozen=True, slots=True)
class Turn:
    agent_id: str
    status: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the list of its channel shows it."""

    id: str
    seq: int | None
    author_id: str
    text: str
    reply_to: str | None = None
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and the rows that show it."""

    promise: str
    channel_id: str
    rows: tuple[object, ...] = field(default=())

    def __str__(self) -> str:
        return "\n    ".join([f"{self.promise} (channel {self.channel_id})", *map(str, self.rows)])


Channels = Mapping[str, Sequence[Message]]
"""The messages of every channel, oldest first, as the server lists them."""


def violations(
    channels: Channels, questions: Sequence[Question], heard: Iterable[Heard], direct: Mapping[str, str]
) -> list[Violation]:
    """All that is wrong. ``direct`` names the channels where one agent must answer everything, and that agent."""
    return [
        *_gaps(channels),
        *_lost_or_doubled(channels, questions),
        *_told_and_not_stored(channels, heard),
        *_unfinished(channels),
        *_not_answered_once(channels, direct),
        *_out_of_order(channels, direct),
    ]


def _gaps(channels: Channels) -> Iterator[Violation]:
    for channel_id, messages in channels.items():
        places = [message.seq for message in messages]
        if places != list(range(1, len(messages) + 1)):
            wrong = [message for place, message in enumerate(messages, 1) if message.seq != place]
            yield Violation("seq counts 1..n without a hole", channel_id, tuple(wrong[:5]))


def _lost_or_doubled(channels: Channels, questions: Sequence[Question]) -> Iterator[Violation]:
    rows: defaultdict[tuple[str, str], list[Message]] = defaultdict(list)
    for channel_id, messages in channels.items():
        for message in messages:
            rows[channel_id, message.text].append(message)
    for question in questions:
        found = rows[question.channel_id, question.text]
        if question.acknowledged is None:
            yield Violation("every submission is acknowledged in the end", question.channel_id, (question,))
        elif [(row.id, row.seq) for row in found] != [(question.acknowledged.id, question.acknowledged.seq)]:
            yield Violation("an acknowledged message is there once", question.channel_id, (question, *found))


def _told_and_not_stored(channels: Channels, heard: Iterable[Heard]) -> Iterator[Violation]:
    stored = {(channel_id, row.id): row.seq for channel_id, messages in channels.items() for row in messages}
    for told in heard:
        if told.seq is None or stored.get((told.channel_id, told.id)) != told.seq:
            yield Violation("what a listener was told is in the list, with the same seq", told.channel_id, (told,))


def _unfinished(channels: Channels) -> Iterator[Violation]:
    for channel_id, messages in channels.items():
        for message in messages:
            if not has_ended(message):
                yield Violation("every turn ends", channel_id, (message,))


def has_ended(message: Message) -> bool:
    """True when no agent is still about to handle the message."""
    return all(turn.status in ENDED for turn in message.turns)


def _not_answered_once(channels: Channels, direct: Mapping[str, str]) -> Iterator[Violation]:
    for channel_id, agent_id in direct.items():
        messages = channels[channel_id]
        replies = Counter(message.reply_to for message in messages if message.author_id == agent_id)
        for message in messages:
            if message.author_id == agent_id:
                continue
            said = [turn.status for turn in message.turns if turn.agent_id == agent_id]
            if replies[message.id] != 1 or said != ["replied"]:
                answers = tuple(row for row in messages if row.reply_to == message.id)
                yield Violation("a question gets exactly one answer", channel_id, (message, *answers))


def _out_of_order(channels: Channels, direct: Mapping[str, str]) -> Iterator[Violation]:
    for channel_id, agent_id in direct.items():
        place = {message.id: message.seq or 0 for message in channels[channel_id]}
        replies = [message for message in channels[channel_id] if message.author_id == agent_id]
        asked = [place.get(reply.reply_to or "", 0) for reply in replies]
        for reply, this, following in zip(replies, asked, asked[1:], strict=False):
            if following < this:
                yield Violation("answers come in the order of their questions", channel_id, (reply,))
