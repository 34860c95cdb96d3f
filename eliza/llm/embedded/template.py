"""Template: what a chat template makes special, and how to keep it out of what people write and read."""

import re
from collections.abc import Iterable

from eliza.llm.types import Line

_ROLES = ("User", "user", "Assistant", "assistant", "System", "system")
LEAKED_ROLES = ("<|im_start|>", "<|im_end|>", *(f"\n{role}{mark}" for role in _ROLES for mark in (":", "\n")))
"""Where a small model stops answering and begins to write the other side's lines."""

_CONTROL = re.compile(
    r"<([|\uff5c])[^|\uff5c<>\s]{1,40}\1>|</?s>|<(?:bos|eos|pad|unk|(?:start|end)_of_turn|unused\d{1,4})>|<</?SYS>>"
    r"|\[\|[^|\[\]\s]{1,40}\|\]|\[/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\]|\0"
)


def turns(lines: Iterable[Line]) -> list[dict[str, str]]:
    """The lines as chat templates want them.

    Neighbours of one role are joined, because many templates refuse two in a row. Words that a template reads as
    the end of a turn are taken out: written by a person, they would let them speak as the system.
    """
    joined: list[dict[str, str]] = []
    for line in lines:
        text = without_control_words(line.text)
        if joined and joined[-1]["role"] == line.role:
            joined[-1]["content"] += f"\n{text}"
        else:
            joined.append({"role": line.role, "content": text})
    return joined


def without_control_words(text: str) -> str:
    """``text`` as valid UTF-8 and without the words that steer a model instead of being read by it."""
    previous = None
    # Taking one word out can bring the halves of another together.
    while previous != text:
        previous, text = text, _CONTROL.sub("", text)
    return text.encode("utf-8", "replace").decode()
