"""Smalltalk: how a small model is spoken to, and how much of its answer is kept.

A model of a few hundred million parameters keeps a persona and a mood, not a form. So it gets a short constant persona
first (which stays in its prefix cache), a few example lines, the best facts, the last lines of the talk; and what it
says is cut where such models begin to wander: after the second sentence, or where they start to play the other side.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from uuid import UUID

from eliza.llm.types import Line, Prompt, Role, about_tokens
from eliza.runtime.character import Character, ExampleLine
from eliza.runtime.prompts import defused, own_names, plain_line, plain_name, render
from eliza.runtime.turn import Said

HISTORY = 8
FACTS = 2
_PERSONA_TOKENS = 150
_EXAMPLES = 3
_EXAMPLE_CHARS = 240
_LINE_CHARS = 600
_QUESTION_CHARS = 2000
_SENTENCES = 2
_OUR_ROLES = ("assistant", "ai")
_THEIR_ROLES = ("user", "system", "human")

_LEAKED_TOKEN = re.compile(r"<\|.*|</s>.*|\[/?INST\].*", re.DOTALL)
_HALF_TOKEN = re.compile(r"(?:<[|/]?s?|\[/?(?:I|IN|INS|INST)?)\Z")
# A run of closing marks, with the quotes or brackets that close after it. Scripts that write
# without spaces need none behind the mark; the others do, or "3.5" would end a sentence.
_SENTENCE_END = re.compile(r"(?:[.!?…]+[\"'”’)\]*]*(?=\s)|[。！？]+[」』”）]*|\n\s*\n)")  # noqa: RUF001
# Titles, initials and the numbers of a list end in a dot that ends nothing.
_NO_END = re.compile(r"(?:\b(?:(?i:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e)|[A-HJ-Z])|(?:\A|\n)\s*\d{1,2})\.\Z")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What of an answer is said. ``done`` means that whatever else comes is not wanted."""

    text: str
    done: bool


def prompt(
    character: Character, recent: Sequence[Said], *, agent_id: UUID, facts: Sequence[str], with_names: bool
) -> Prompt:
    """The whole prompt. ``recent`` ends with the question; ``with_names`` tells several speakers apart."""
    system = "\n".join([persona(character), *_remembered(facts)])
    talk = _talk(recent[-HISTORY:], agent_id=agent_id, with_names=with_names)
    return Prompt(
        lines=(Line("system", system), *examples(character), *talk),
        max_tokens=80,
        temperature=0.4,
        stop=tuple(f"\n{name}:" for name in _speakers(character, recent)[:4]),
    )


def persona(character: Character) -> str:
    """Who the character is, in whole sentences and at most 150 tokens; the same for every turn."""
    ending = f"You are {character.name}. Answer as {character.name}, in one or two short sentences."
    told = render(" ".join([character.system or "", *character.bio_lines]), own_names(character))
    kept: list[str] = []
    for sentence in _sentences(told):
        if about_tokens(" ".join([*kept, sentence, ending])) > _PERSONA_TOKENS:
            break
        kept.append(sentence)
    return " ".join([*kept, ending])


def examples(character: Character) -> tuple[Line, ...]:
    """A few exchanges that show how the character talks, as if they had happened."""
    pairs = [pair for example in character.message_examples if (pair := _pair(character, example))]
    return tuple(line for pair in pairs[:_EXAMPLES] for line in pair)


def spoken(answer: str, *, me: Iterable[str], others: Iterable[str], ended: bool) -> Spoken:
    """What may be said of ``answer`` so far; once ``ended``, what is said for good.

    ``me`` are the speaker's own names, which a model may write before its line; with the names of ``others`` it
    begins to play their part. While the answer is still coming, an end that may yet become one of these is held back.
    """
    mine, theirs = _labels(me, _OUR_ROLES), _labels(others, _THEIR_ROLES)
    text = _without_label(answer.lstrip(), mine)
    text, leaked = _before_leak(text, mine | theirs)
    end = _end_of_sentence(text + ("\n" if leaked or ended else ""), _SENTENCES)
    if end is not None or leaked:
        return Spoken(text[:end].strip(), done=True)
    return Spoken(text.strip() if ended else _held_back(text, mine | theirs).rstrip(), done=False)


def whole(text: str) -> str:
    """``text`` that ran into its limit, ended as well as can be: after its last sentence, else after its last word."""
    ends = list(_ends(text + "\n"))
    if ends and ends[-1] > len(text) // 3:
        return text[: ends[-1]].strip()
    words = text.rsplit(None, 1)
    return f"{words[0].rstrip(',;:-')} …" if len(words) == 2 else text


def _remembered(facts: Sequence[str]) -> list[str]:
    kept = [_as_quotation(fact) for fact in facts[:FACTS]]
    return [f"You remember that this was said: {' / '.join(kept)}"] if kept else []


def _as_quotation(fact: str) -> str:
    """On one line and within quotation marks that it cannot end: it stands beside what the model is told to be."""
    return '"' + plain_line(fact)[:_EXAMPLE_CHARS].replace('"', "'") + '"'


def _talk(recent: Sequence[Said], *, agent_id: UUID, with_names: bool) -> Iterator[Line]:
    """The talk as turns that alternate, as chat templates want them."""
    lines = [
        _line(said, mine=said.author_id == agent_id, with_names=with_names, last=said is recent[-1]) for said in recent
    ]
    for role, group in groupby(lines, key=lambda line: line.role):
        yield Line(role, "\n".join(line.text for line in group))


def _line(said: Said, *, mine: bool, with_names: bool, last: bool) -> Line:
    role: Role = "assistant" if mine else "user"
    longest = _QUESTION_CHARS if last else _LINE_CHARS
    if mine or not with_names:
        return Line(role, defused(said.text)[:longest])
    # Where names stand before lines, a line within what one says would be taken for somebody else's.
    return Line(role, f"{plain_name(said.author_name)}: {plain_line(said.text)[:longest]}")


def _pair(character: Character, example: Sequence[ExampleLine]) -> tuple[Line, Line] | None:
    """The first line of the character in an example, with the line it answers."""
    for asked, answered in pairwise(example):
        if character.is_voice_of(answered) and not character.is_voice_of(asked) and asked.text and answered.text:
            names = {**own_names(character), "user1": "friend"}
            lines = (Line("user", render(asked.text, names)), Line("assistant", render(answered.text, names)))
            return lines if max(len(line.text) for line in lines) <= _EXAMPLE_CHARS else None
    return None


def _speakers(character: Character, recent: Sequence[Said]) -> list[str]:
    """Whose lines the model may begin to write; the likeliest first, for providers take only a few stop words."""
    others = (plain_name(said.author_name) for said in reversed(recent))
    return list(dict.fromkeys(["User", character.name, *(name for name in others if name)]))


def _labels(names: Iterable[str], roles: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in (*names, *roles))


def _without_label(text: str, labels: frozenset[str]) -> str:
    label = _label(text.split("\n", 1)[0], labels)
    return text[label:].lstrip(" *\n") if label else text


def _before_leak(text: str, labels: frozenset[str]) -> tuple[str, bool]:
    """``text`` up to where the model begins to speak for somebody else, or in control tokens."""
    clean = _LEAKED_TOKEN.sub("", text)
    position = 0
    for line in clean.splitlines(keepends=True):
        if _label(line, labels):
            return clean[:position], True
        position += len(line)
    return clean, clean != text


def _label(line: str, labels: frozenset[str]) -> int:
    """How much of ``line`` is "Name:", or 0."""
    head, colon, _ = line.partition(":")
    return len(head) + 1 if colon and head.strip(" *#").casefold() in labels else 0


def _held_back(text: str, labels: frozenset[str]) -> str:
    """``text`` without an end that may yet become a leak."""
    text = _HALF_TOKEN.sub("", text)
    before, _, last = text.rpartition("\n")
    start = last.strip(" *#").casefold()
    return before if any(f"{label}:".startswith(start) for label in labels) else text


def _end_of_sentence(text: str, count: int) -> int | None:
    return next((end for number, end in enumerate(_ends(text), start=1) if number == count), None)


def _ends(text: str) -> Iterator[int]:
    last = 0
    for mark in _SENTENCE_END.finditer(text):
        if text[last : mark.end()].strip() and not _NO_END.search(text, 0, mark.end()):
            last = mark.end()
            yield last


def _sentences(text: str) -> Iterator[str]:
    ends = [0, *_ends(text + "\n"), len(text)]
    return (sentence for start, end in pairwise(ends) if (sentence := " ".join(text[start:end].split())))
