"""Parsing: what a capable model meant by its answer.

Models are asked for ``<response>`` with ``<thought>``, ``<actions>``, ``<providers>`` and ``<text>``, and give
something like it. Everything here reads an answer that may still be coming, so that the preview of a reply and the
reply itself can never disagree.
"""

import html
import re
from dataclasses import dataclass

_OPEN = re.compile(r"<(thought|actions|providers|text)(?:\s[^<>]*)?(/?)>", re.IGNORECASE)
_WRAPPER_END = re.compile(r"</response\s*>", re.IGNORECASE)
_WRAPPER = re.compile(r"</?response[^<>]*>", re.IGNORECASE)
_REASONING = re.compile(r"\A\s*<(think|thinking)>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_LIST_BREAK = re.compile(r"[,;\n]|<[^<>]*>")
# What the end of a half-received answer may yet turn into: a tag, the start or end of CDATA, an entity.
_UNDECIDED = re.compile(r"(?:<[!/]?[^<>\s]{0,24}\s?|\]{1,2}|&#?\w{0,8})\Z")
_VERDICT = re.compile(r"\b(RESPOND|REPLY|IGNORE|STOP|NONE)\b", re.IGNORECASE)
_ACTION = re.compile(r"<action>(.*?)</action\s*>", re.IGNORECASE | re.DOTALL)
_REASON = re.compile(r"<(reason|reasoning)>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_NO = frozenset({"IGNORE", "STOP", "NONE"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What a model wants to do and say. ``complete`` is False when the answer breaks off."""

    thought: str = ""
    actions: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    text: str = ""
    complete: bool = True

    @property
    def usable(self) -> bool:
        return bool(self.text or self.actions)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model wants to answer, and why."""

    respond: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Field:
    body: str
    closed: bool


def plan(answer: str) -> Plan:
    """The plan in ``answer``. Never fails: an answer without any of our tags is taken for the reply itself."""
    spoken = _REASONING.sub("", answer)
    fields = _fields(spoken)
    if not fields:
        return _bare(spoken)
    text = fields.get("text", _Field("", closed=False))
    return Plan(
        thought=_plain(fields["thought"].body) if "thought" in fields else "",
        actions=_names(fields["actions"].body) if "actions" in fields else (),
        providers=_names(fields["providers"].body) if "providers" in fields else (),
        text=_plain(text.body),
        complete=text.closed or _WRAPPER_END.search(spoken) is not None,
    )


def preview(answer: str) -> str:
    """The part of the reply's text that is certain while ``answer`` is still coming.

    What it returns for a longer answer begins with what it returned for a shorter one.
    """
    text = _fields(_REASONING.sub("", answer)).get("text")
    if text is None:
        return ""
    return _plain(text.body if text.closed else _UNDECIDED.sub("", text.body))


def continued(answer: str, rest: str) -> str:
    """An answer that broke off, with the rest the model gave when asked to go on; some begin anew instead."""
    return rest if re.match(r"\s*(?:```\w*\s*)?<response", rest, re.IGNORECASE) else answer + rest


def verdict(answer: str) -> Verdict | None:
    """What the model said when asked whether to answer, or None when it said neither."""
    spoken = _REASONING.sub("", answer)
    action = _ACTION.search(spoken)
    reason = _REASON.search(spoken)
    why = _plain(reason.group(2)) if reason else ""
    if action:
        # Templates of elizaOS may name any action here; all but the three below mean yes.
        return Verdict(_plain(action.group(1)).upper() not in _NO, why)
    word = _VERDICT.search(spoken)
    return Verdict(word.group(1).upper() not in _NO, why) if word else None


def _bare(spoken: str) -> Plan:
    text = _plain(_WRAPPER.sub("", spoken))
    return Plan(actions=("REPLY",) if text else (), text=text)


def _fields(answer: str) -> dict[str, _Field]:
    """The first of each of our fields, reading from left to right, so that a tag inside a field is not a field."""
    fields: dict[str, _Field] = {}
    position = 0
    while opening := _OPEN.search(answer, position):
        name = opening.group(1).lower()
        if opening.group(2) or _is_open(fields.get(name)):
            field, position = _Field("", closed=True), opening.end()
        else:
            field, position = _body(answer, opening)
        fields.setdefault(name, field)
    return fields


def _is_open(field: _Field | None) -> bool:
    """True for a field without an end. There is none further on either, and a model in a loop opens it without end."""
    return field is not None and not field.closed


def _body(answer: str, opening: re.Match[str]) -> tuple[_Field, int]:
    """The field that begins at ``opening``, and where reading goes on."""
    start = opening.end()
    closing = re.compile(rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|(</{opening.group(1)}\s*>)", re.IGNORECASE | re.DOTALL)
    for found in closing.finditer(answer, start):
        if found.group(1):
            return _Field(answer[start : found.start()], closed=True), found.end()
    end = _unclosed_end(answer, opening)
    return _Field(answer[start:end], closed=False), end


def _unclosed_end(answer: str, opening: re.Match[str]) -> int:
    """Where a field ends that was never closed: at the end of the wrapper, or where another field begins."""
    ends = [len(answer)]
    if wrapper := _WRAPPER_END.search(answer, opening.end()):
        ends.append(wrapper.start())
    if opening.group(1).lower() != "text" and (following := _OPEN.search(answer, opening.end())):
        ends.append(following.start())
    return min(ends)


def _plain(body: str) -> str:
    """``body`` as a person reads it: entities resolved once, CDATA taken as it stands."""
    pieces: list[str] = []
    position = 0
    for cdata in _CDATA.finditer(body):
        pieces += [_unescaped(body[position : cdata.start()]), cdata.group(1)]
        position = cdata.end()
    return "".join([*pieces, _unescaped(body[position:])]).strip()


def _unescaped(text: str) -> str:
    # html.unescape alone would also turn the "&copy=" of an address into a sign.
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)


def _names(body: str) -> tuple[str, ...]:
    names = (_unescaped(part).strip(" \t\r\"'`[](){}") for part in _LIST_BREAK.split(body))
    return tuple(dict.fromkeys(name for name in names if name))
