"""Attention: whether a message is for an agent, decided by rules before any model is asked."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from eliza.runtime.character import LONGEST_NAME, Character
from eliza.runtime.turn import Person, Place, Said

_PRIVATE = frozenset({"DM", "VOICE_DM", "SELF", "API"})
_CHAT_UI = "client_chat"
_ADDRESS = 8000
"""Characters of a message in which names are looked for: a pasted book is not an address."""
# Scripts that write words without spaces between them, or hang their particles on a name.
_UNSPACED = ("CJK ", "HIRAGANA ", "KATAKANA ", "HANGUL ", "THAI ", "LAO ", "KHMER ", "MYANMAR ")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say; ``open`` leaves it to a model. The reason completes "because …" and is kept on the turn."""

    verdict: Literal["respond", "ignore", "open"]
    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A message with all the rules look at. ``recent`` is the conversation that leads up to it."""

    me: UUID
    character: Character
    place: Place
    message: Said
    recent: Sequence[Said]
    people: Sequence[Person]

    @property
    def named(self) -> frozenset[UUID]:
        """The agents whose names are in the text; of a very long one, in its beginning."""
        others = {person.id: (person.name,) for person in self.people if person.is_agent and person.id != self.me}
        return named_in(self.message.text[:_ADDRESS], {**others, self.me: self.character.names})

    @property
    def replied_to(self) -> Said | None:
        wanted = self.message.in_reply_to
        return next((said for said in self.recent if said.id == wanted), None) if wanted else None


def decide(heard: Heard) -> Decision:
    """The word of the first rule that has one. Same message, same room: same decision."""
    return next((decision for rule in _RULES if (decision := rule(heard))), _OPEN)


def is_private(place: Place) -> bool:
    """True where everything said is said to the agent."""
    return place.type.upper() in _PRIVATE


def named_in(text: str, names: Mapping[UUID, Iterable[str]]) -> frozenset[UUID]:
    """Who of ``names`` is called by name in ``text``: as a word, in any case, with or without ``@``.

    The longest name wins, so that "Ada Two" does not also call Ada.
    """
    bearers: dict[str, set[UUID]] = {}
    for bearer, all_names in names.items():
        for name in all_names:
            bearers.setdefault(_normal(name), set()).add(bearer)
    known = sorted((name for name in bearers if 0 < len(name) <= LONGEST_NAME), key=len, reverse=True)
    if not known:
        return frozenset()
    pattern = re.compile("|".join(f"({_as_word(name)})" for name in known))
    called = (known[found.lastindex - 1] for found in pattern.finditer(_normal(text)) if found.lastindex)
    return frozenset(bearer for name in called for bearer in bearers[name])


def _own_message(heard: Heard) -> Decision | None:
    return Decision("ignore", "it is the agent's own message") if heard.message.author_id == heard.me else None


def _muted(heard: Heard) -> Decision | None:
    muted = heard.place.metadata.get("muted")
    silenced = muted is True or (isinstance(muted, list | tuple) and str(heard.me) in {str(agent) for agent in muted})
    if silenced and heard.me not in heard.named:
        return Decision("ignore", "the agent is muted here and was not called by name")
    return None


def _private(heard: Heard) -> Decision | None:
    if is_private(heard.place):
        return Decision("respond", f"a {heard.place.type.upper()} channel is a conversation with the agent")
    return None


def _called(heard: Heard) -> Decision | None:
    return Decision("respond", "the agent was called by name") if heard.me in heard.named else None


def _reply_to_me(heard: Heard) -> Decision | None:
    replied = heard.replied_to
    return Decision("respond", "it replies to the agent") if replied and replied.author_id == heard.me else None


def _for_another(heard: Heard) -> Decision | None:
    if heard.named:
        return Decision("ignore", "another agent was called by name")
    replied = heard.replied_to
    return Decision("ignore", "it replies to another agent") if replied and replied.is_agent else None


def _configured(heard: Heard) -> Decision | None:
    types = _words(heard.character, "ALWAYS_RESPOND_CHANNELS", "SHOULD_RESPOND_BYPASS_TYPES")
    if heard.place.type.casefold() in types:
        return Decision("respond", f"the character always responds in {heard.place.type} channels")
    sources = _words(heard.character, "ALWAYS_RESPOND_SOURCES", "SHOULD_RESPOND_BYPASS_SOURCES")
    if heard.message.source and heard.message.source.casefold() in sources:
        return Decision("respond", f"the character always responds to {heard.message.source}")
    return None


def _agents_among_themselves(heard: Heard) -> Decision | None:
    return Decision("ignore", "an agent wrote, and not to this one") if heard.message.is_agent else None


def _from_chat_ui(heard: Heard) -> Decision | None:
    # Exactly this source: a part of a longer one could be chosen by whoever wants every agent to answer.
    return Decision("respond", "it was written in the chat") if heard.message.source == _CHAT_UI else None


def _alone(heard: Heard) -> Decision | None:
    if set(heard.place.agent_ids) <= {heard.me}:
        return Decision("respond", "the agent is the only one in the room")
    return None


_OPEN = Decision("open", "no rule applies")
_RULES: tuple[Callable[[Heard], Decision | None], ...] = (
    _own_message,
    _muted,
    _private,
    _called,
    _reply_to_me,
    _for_another,
    _configured,
    _agents_among_themselves,
    _from_chat_ui,
    _alone,
)


def _words(character: Character, *settings: str) -> frozenset[str]:
    """The words of comma-separated settings; elizaOS has two names for each."""
    texts = (character.setting(setting) for setting in settings)
    items = (item for text in texts for item in (text.split(",") if isinstance(text, str) else _items(text)))
    return frozenset(word for item in items if (word := item.strip().strip("[]\"'").casefold()))


def _items(value: object) -> Iterable[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _as_word(name: str) -> str:
    """A pattern for ``name`` that matches no part of a word or address; behind ``@`` its spaces may be missing."""
    before = "" if _unspaced(name[0]) else r"(?<!\w)"
    after = "" if _unspaced(name[-1]) else r"(?![\w@])"
    handle = r"[\s_-]?".join(re.escape(part) for part in name.split())
    return f"{before}(?:@{handle}|(?<!@){re.escape(name)}){after}"


def _unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_UNSPACED)
