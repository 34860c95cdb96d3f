"""Classic: a pattern-matching ELIZA and a hashing embedder, for a server that has no language model.

Both are pure functions of what they are given: no state, no chance, no files.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from zlib import crc32

import gevent

from eliza.llm.errors import ModelRefused
from eliza.llm.registry import Priority
from eliza.llm.types import Absence, Delta, Finished, Manner, ModelType, Offer, Prompt, Usage

_WHY = "no better model is set up; set OPENAI_API_KEY, ANTHROPIC_API_KEY or OLLAMA_API_ENDPOINT for one"


class Classic:
    """Offers itself for everything, below every other provider, so that an agent always has an answer."""

    name = "classic"

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        eliza = ClassicEliza()
        yield Offer(ModelType.TEXT_SMALL, eliza, Priority.CLASSIC, _WHY)
        yield Offer(ModelType.TEXT_LARGE, eliza, Priority.CLASSIC, _WHY)
        yield Offer(ModelType.TEXT_EMBEDDING, HashingEmbedder(), Priority.CLASSIC, _WHY)


class ClassicEliza:
    """Answers the last thing a person said, by the first rule in rank that fits it."""

    name = "classic/eliza"
    manner = Manner.CHAT

    def stream(self, prompt: Prompt) -> Iterator[Delta | Finished]:
        if prompt.schema is not None:
            raise ModelRefused(f"{self.name} cannot answer in a given form: it is a pattern-matching program.")
        words = re.findall(r"\S+\s*", reply(prompt))
        said = words[: prompt.max_tokens]
        for word in said:
            yield Delta(word)
        asked = sum(len(line.text.split()) for line in prompt.lines)
        yield Finished("stop" if said == words else "length", Usage(asked, len(said)))


def reply(prompt: Prompt) -> str:
    """The answer to the prompt's last line by a person; an answer found in the prompt already is avoided."""
    remarks = [_plain(line.text) for line in prompt.lines if line.role == "user"]
    given = " ".join(line.text for line in prompt.lines if line.role == "assistant")
    remark = remarks[-1] if remarks else ""
    fits = ((rule, rule.pattern.search(remark)) for rule in _RULES)
    rule, match = next(((rule, match) for rule, match in fits if match), (None, None))
    if rule is not None and match is not None:
        return _fresh([_filled(answer, match) for answer in rule.answers], given, len(remarks))
    return _fresh([*_recollections(remarks[:-1]), *_GO_ON], given, len(remarks))


def _fresh(answers: Sequence[str], given: str, turn: int) -> str:
    return next((answer for answer in answers if answer not in given), answers[turn % len(answers)])


def _filled(answer: str, match: re.Match[str]) -> str:
    rest = reflect(match["rest"]) if "rest" in match.groupdict() and match["rest"] else ""
    return answer.format(rest=rest or "that")


def _recollections(earlier: Sequence[str]) -> Iterator[str]:
    """What may be said of something a person told before, the latest first."""
    for remark in reversed(earlier):
        match = _POSSESSION.search(remark)
        if match:
            yield f"A while ago you spoke of your {reflect(match['rest'])}. Is there a connection?"


def _plain(text: str) -> str:
    """A remark as the rules expect it: one line, straight apostrophes, without the speaker's name before it."""
    text = " ".join(text[:_LONGEST_REMARK].replace("\u2019", "'").split())
    return re.sub(r"^[\w.-]{1,30}: ", "", text)


_LONGEST_REMARK = 2000
"""Characters of a remark that are looked at, so that a huge one cannot hold up the event loop."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What to look for, and the answers it allows. ``rest`` is the part of the remark an answer may turn round."""

    pattern: re.Pattern[str]
    answers: tuple[str, ...]


def _rule(pattern: str, *answers: str) -> _Rule:
    pattern = pattern.replace("<any>", r"(?P<rest>[^.!?;,]{1,160}(?!\w))").replace("<thing>", _THING)
    return _Rule(re.compile(pattern, re.IGNORECASE), answers)


# A thing's name ends where the sentence goes on about it: "my old boat is leaking" names the old boat.
_THING = (
    r"(?P<rest>(?:(?!(?:is|are|was|were|has|have|had|does|do|did|will|would|can|could|and|but|or|because|to|in|on|"
    r"at|with|for|from|who|that|which|when|keeps?|seems?)\b)[\w'-]+\s?){1,4})"
)


# In the order of their rank: what concerns safety and honesty first, single loose words last.
_RULES = (
    _rule(
        r"\b(?:kill myself|suicid\w*|end my life|want to die)\b",
        "That sounds very serious, and I am only a simple program. Please talk to someone near you, or call your "
        "local emergency number or a crisis line now.",
    ),
    _rule(
        r"\b(?:who|what) (?:are|r) (?:you|u)\b|\byour name\b|\bare you (?:an? )?(?:\w+ )?"
        r"(?:ai|bot|robot|human|machine|computer|program|person|real)\b",
        "I am a classic pattern-matching program, here because no language model is set up. I turn your own words "
        "round and understand none of them.",
        "As I said: a pattern-matching program. Whoever runs this server can set up a language model instead.",
    ),
    _rule(
        r"\b(?:can you (?:help|do)|what can you)\b",
        "I can listen and ask questions back, no more: no language model is set up. What is on your mind?",
        "Very little beyond listening. What would you want done?",
    ),
    _rule(
        r"^\W*(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings)\b(?!.*\bi\b)[^?,.]{0,20}[!,.]?$",
        "Hello. What would you like to talk about?",
        "Hello again. What is on your mind?",
    ),
    _rule(
        r"^\W*(?:good ?bye|bye|see you|farewell|good night)\b",
        "Goodbye. It was good to hear from you.",
        "Take care.",
    ),
    _rule(r"\bthank(?:s| you)\b", "You are welcome. Is there anything else?", "Gladly. Shall we go on?"),
    _rule(r"\b(?:sorry|apologi[sz]e)\b", "No harm done. Please go on.", "There is nothing to forgive. What happened?"),
    _rule(
        r"\bi (?:remember|recall) <any>",
        "What else comes to mind when you think of {rest}?",
        "Why do you recall {rest} just now?",
    ),
    _rule(
        r"\b(?:i dreamed|i dreamt|i had a dream)(?: (?:of|about|that))? <any>",
        "How did it feel to dream of {rest}?",
        "Does {rest} appear in your waking life too?",
    ),
    _rule(r"\bif <any>", "How likely is it that {rest}?", "Suppose {rest}: what would you do then?"),
    _rule(
        r"\bi (?:need|want|wish|would like|'d like) to <any>",
        "What would change for you if you could {rest}?",
        "What has kept you until now, if you want to {rest}?",
    ),
    _rule(
        r"\bi (?:need|want|wish for|would like|'d like) <any>",
        "What would change for you with {rest}?",
        "Why do you need {rest} now?",
    ),
    _rule(
        r"\bi(?:'m| am) (?:so |very |really |feeling )*"
        r"(?P<rest>sad|unhappy|lonely|tired|afraid|angry|anxious|worried|depressed|scared|stressed)\b",
        "What makes you feel {rest}?",
        "Since when have you been {rest}?",
    ),
    _rule(
        r"\bi(?:'m| am) (?:so |very |really |feeling )*(?P<rest>happy|glad|excited|proud|relieved|grateful)\b",
        "Good to hear. What made you {rest}?",
        "Who else knows that you are {rest}?",
    ),
    _rule(r"\bi feel <any>", "When do you feel {rest}?", "What do you do when you feel {rest}?"),
    _rule(r"\bi (?:can't|cannot|can not) <any>", "What stops you: why can you not {rest}?", "What have you tried?"),
    _rule(
        r"\bi (?:think|believe|guess|suppose)(?: that)? <any>",
        "What leads you to say that {rest}?",
        "How sure are you that {rest}?",
    ),
    _rule(r"\bi(?:'m| am) <any>", "How does it feel to be {rest}?", "Since when are you {rest}?"),
    _rule(
        r"\b(?:are you|you are|you're) <any>",
        "Would it matter to you if I were {rest}?",
        "What gives you the impression that I might be {rest}?",
    ),
    _rule(
        r"\bcan you <any>",
        "I doubt that I can {rest}. What would it do for you?",
        "Would you rather {rest} yourself?",
    ),
    _rule(r"\bbecause <any>", "Is it only because {rest}?", "What other reasons come to mind?"),
    _rule(
        r"\bmy (?P<who>mother|mom|mum|father|dad|sister|brother|wife|husband|son|daughter|family|parents)\b",
        "Tell me more about your family.",
        "Who else in your family is part of this?",
    ),
    _rule(r"\bmy <thing>", "Say more about your {rest}.", "Why does your {rest} come up today?"),
    _rule(r"^\W*why (?:don't|do not) you <any>", "Should I {rest}?", "Perhaps in time I shall {rest}."),
    _rule(
        r"^\W*(?:what|when|where|who|why|how|which)\b.*\?",
        "I cannot look that up. What answer would you hope for?",
        "What brings you to that question?",
        "What do you think yourself?",
    ),
    _rule(r"\b(?:always|never|everybody|everyone|nobody)\b", "Can you think of one particular case?", "Really always?"),
    _rule(r"^\W*(?:yes|yeah|yep|sure)\b", "You sound certain. Why is that?", "I see. And what follows from it?"),
    _rule(r"^\W*(?:no|nope|nah)\b", "Why not?", "Is that a no for good?"),
    _rule(r"\b(?:maybe|perhaps|possibly)\b", "What would make you more certain?", "You hesitate. What speaks against?"),
    _rule(r"\bcomputers?\b|\bprograms?\b|\bmachines?\b", "What do you expect of machines?", "Do machines trouble you?"),
)

_POSSESSION = re.compile(rf"\bmy {_THING}", re.IGNORECASE)

_GO_ON = (
    "Please tell me more.",
    "What does that mean to you?",
    "I follow you. Go on.",
    "How do you feel about it?",
    "Let us stay with that. What else belongs to it?",
)


def reflect(words: str) -> str:
    """The words as seen from the other side: "I lost my key" becomes "you lost your key"."""
    tokens = words.lower().strip().split()
    turned: list[str] = []
    before = ""
    while tokens:
        pair = " ".join(tokens[:2])
        taken = 2 if pair in _PAIRS else 1
        turned.append(_PAIRS[pair] if taken == 2 else _turned(tokens[0], before))
        before = tokens[taken - 1]
        tokens = tokens[taken:]
    return " ".join(turned)


def _turned(word: str, before: str) -> str:
    if word == "you":
        return "I" if before in _CLAUSE_OPENERS else "me"
    return _WORDS.get(word, word)


_PAIRS = {
    "i am": "you are",
    "i was": "you were",
    "am i": "are you",
    "was i": "were you",
    "you are": "I am",
    "you were": "I was",
    "are you": "am I",
    "were you": "was I",
}
_WORDS = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "i'm": "you're",
    "i've": "you've",
    "i'd": "you'd",
    "i'll": "you'll",
    "your": "my",
    "yours": "mine",
    "yourself": "myself",
    "you're": "I'm",
    "you've": "I've",
    "you'd": "I'd",
    "you'll": "I'll",
}
_CLAUSE_OPENERS = frozenset({"", "that", "if", "because", "and", "but", "when", "why", "how", "what", "do", "can"})


class HashingEmbedder:
    """Vectors from hashed words and their parts: texts that share words are near, meaning is not understood."""

    name = "classic/hashing"
    dimension = 384

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors = []
        for text in texts:
            vectors.append(_hashed(text, self.dimension))
            gevent.sleep(0)
        return vectors


_LONGEST = 20_000
"""Characters of a text that count, so that a huge one cannot hold up the event loop."""


def _hashed(text: str, dimension: int) -> list[float]:
    vector = [0.0] * dimension
    words = re.findall(r"\w+", text[:_LONGEST].casefold())
    for feature, weight in _features(words):
        code = crc32(feature.encode())
        # One bit decides the sign, so that features which meet in one place cancel out on average.
        vector[code % dimension] += weight if code & 0x80000000 else -weight
    length = sqrt(sum(number * number for number in vector))
    if length == 0:
        return [1.0] + [0.0] * (dimension - 1)
    return [number / length for number in vector]


def _features(words: Sequence[str]) -> Iterator[tuple[str, float]]:
    for word in words:
        yield f"word {word}", 0.3 if word in _COMMON else 1.0
        if word not in _COMMON:
            padded = f"<{word}>"
            yield from ((f"part {padded[at : at + 3]}", 0.4) for at in range(len(padded) - 2))
    yield from ((f"pair {one} {two}", 0.3) for one, two in pairwise(words))


_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by do for from has have he her his i in is it its me my not of on or our she so "
        "that the their them they this to was we were what when where who will with you your",
    )
)
