"""Dotenv text: the variables in the text of a ``.env`` file, and the text anew when they change."""

import re
from collections.abc import Iterator, Mapping
from io import StringIO

from dotenv import dotenv_values
from dotenv.parser import parse_stream

_NEEDS_NO_QUOTES = re.compile(r"[\w./:@%+,=-]*", re.ASCII)
_BLANK = re.compile(r"\s*")
_EXPORT = re.compile(r"\s*export\s")
_COMMENT_BEHIND = re.compile(r"\s+#[^'\"\n]*$")


def values(text: str) -> dict[str, str]:
    """As they are written: with the names of other variables in them, and not what those stand for."""
    found = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in found.items() if value is not None}


def rewritten(text: str, wanted: Mapping[str, str]) -> str:
    """The text with these variables and no others; comments and lines that say nothing stay where they are.

    Raises ``ValueError`` when there is no way to write one of them.
    """
    return "".join([*_old_lines(text, wanted), *_new_lines(wanted, but=values(text))])


def assignment(name: str, value: str) -> str:
    """A line that gives the variable this value. Raises ``ValueError`` when no line would."""
    quoted = "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    ways = (value, quoted) if _NEEDS_NO_QUOTES.fullmatch(value) else (quoted, value)
    for way in ways:
        # The reader has its own mind about a backslash before a quote, and takes the next line for the same value.
        if values(f"{name}={way}\nNEXT=''\n") == {name: value, "NEXT": ""}:
            return f"{name}={way}"
    raise ValueError(f"{name} cannot be written")


def _old_lines(text: str, wanted: Mapping[str, str]) -> Iterator[str]:
    before = values(text)
    bindings = list(parse_stream(StringIO(text)))
    last = {binding.key: place for place, binding in enumerate(bindings) if binding.value is not None}
    for place, binding in enumerate(bindings):
        name, line = binding.key or "", binding.original.string
        if binding.value is None or (place == last[name] and name in wanted and wanted[name] == before[name]):
            yield line if line.endswith("\n") else f"{line}\n"
        elif place == last[name] and name in wanted:
            yield _changed(line, name, wanted[name])
        else:
            yield _blank_before(line)


def _new_lines(wanted: Mapping[str, str], *, but: Mapping[str, str]) -> Iterator[str]:
    for name, value in wanted.items():
        if name not in but:
            yield f"{assignment(name, value)}\n"


def _changed(line: str, name: str, value: str) -> str:
    export = "export " if _EXPORT.match(line) else ""
    comment = _COMMENT_BEHIND.search(line.rstrip("\n"))
    return f"{_blank_before(line)}{export}{assignment(name, value)}{comment[0] if comment else ''}\n"


def _blank_before(line: str) -> str:
    """The empty lines that the reader counts as a part of the line below them."""
    blank = _BLANK.match(line)
    return blank[0].rpartition("\n")[0] + "\n" if blank and "\n" in blank[0] else ""
