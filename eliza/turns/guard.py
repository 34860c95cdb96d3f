"""Guard: when agents talking to each other have said enough. The same rows in, the same decision out."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

_LOOKED_AT = 300
_ALIKE = 0.95
_SAID_BEFORE = 2


@dataclass(frozen=True, slots=True)
class Line:
    """As much of a message as the guard looks at."""

    is_agent: bool
    text: str
    hop: int


@dataclass(frozen=True, slots=True)
class Limits:
    """``in_a_row`` messages agents may write before a human must speak again; none of more than ``hops`` removes."""

    in_a_row: int
    hops: int = 32


def objection(lines: Sequence[Line], limits: Limits) -> str | None:
    """Why no agent should answer an agent now, or None if one may.

    ``lines`` are the channel's last messages, oldest first: at least ``in_a_row`` of them, if there are as many.
    A human's message makes a fresh start.
    """
    spoken = list(takewhile(lambda line: line.is_agent, reversed(lines)))
    if len(spoken) >= limits.in_a_row:
        return f"agents have written {len(spoken)} messages in a row; a person has to speak first"
    if spoken and spoken[0].hop >= limits.hops:
        return f"the conversation is {spoken[0].hop} replies away from a person's words"
    if sum(_alike(spoken[0].text, line.text) for line in spoken[1:]) >= _SAID_BEFORE:
        return "the agents are repeating themselves"
    return None


def _alike(one: str, other: str) -> bool:
    one, other = _plain(one), _plain(other)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return one == other or (matcher.real_quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())[:_LOOKED_AT]
