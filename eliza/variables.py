"""Variables: environment variables, parsed to the type they should have. An empty one counts as absent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from pathlib import Path
from typing import TypeVar

from eliza.errors import ConfigurationError

W = TypeVar("W", bound=str)

_TRUE = frozenset({"true", "1", "yes", "y", "on", "t", "enable", "enabled"})
_FALSE = frozenset({"false", "0", "no", "n", "off", "f", "disable", "disabled"})
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}


@dataclass(frozen=True, slots=True)
class Variables:
    """Each method raises a ``ConfigurationError`` that names the variable if its value cannot be used.

    An absent variable has the value ``usual``, or None if there is no default.
    """

    values: Mapping[str, str]

    def text(self, *names: str) -> str | None:
        """The first of these variables that is set."""
        return next((value for name in names if (value := self.values.get(name))), None)

    def words(self, name: str) -> tuple[str, ...]:
        """The parts between commas."""
        return tuple(word.strip() for word in (self.text(name) or "").split(",") if word.strip())

    def one_of(self, name: str, words: Sequence[W], usual: W) -> W:
        """One of these words, in upper or lower case."""
        given = (self.text(name) or usual).strip().lower()
        for word in words:
            if word == given:
                return word
        raise ConfigurationError(f"{name}={self.text(name)} must be one of {', '.join(words)}.")

    def flag(self, name: str, usual: bool) -> bool:
        text = self.text(name)
        if not (text or "").strip():
            return usual
        value = truth(text)
        if value is None:
            raise ConfigurationError(f"{name}={text} must be true or false.")
        return value

    def number(self, name: str, usual: float, *, least: float) -> float:
        text = self.text(name)
        if text is None:
            return usual
        try:
            value = float(text)
        except ValueError:
            value = nan
        if not isfinite(value):
            raise ConfigurationError(f"{name}={text} must be a number.")
        if value < least:
            raise ConfigurationError(f"{name}={text} must be at least {least:g}.")
        return value

    def count(self, name: str, usual: int, *, least: int) -> int:
        return int(self.number(name, usual, least=least))

    def minutes(self, name: str, usual: float, *, least: float = 1, most: float) -> float:
        """A value outside these bounds is moved to the nearest bound."""
        return max(least, min(self.number(name, usual, least=-inf), most))

    def limit(self, name: str) -> int | None:
        return self.count(name, 0, least=0) if self.text(name) else None

    def micros(self, name: str) -> int | None:
        """An amount of money, in millionths."""
        return round(self.number(name, 0, least=0) * 1_000_000) if self.text(name) else None

    def size(self, name: str, usual: int) -> int:
        """Bytes, which may be written as ``2mb``."""
        text = self.text(name)
        if text is None:
            return usual
        match = _SIZE.fullmatch(text.strip())
        if match is None:
            raise ConfigurationError(f"{name}={text} must be a size such as 2mb or 500kb.")
        return int(float(match[1]) * _UNITS[(match[2] or "b").lower()])

    def port(self, name: str, usual: int) -> int:
        text = self.text(name)
        if text is None:
            return usual
        if not text.isdecimal() or not 0 <= int(text) <= 65535:
            raise ConfigurationError(f"{name}={text} must be a port number between 0 and 65535.")
        return int(text)

    def folder(self, name: str) -> Path | None:
        text = self.text(name)
        return Path(text).expanduser().absolute() if text else None


def truth(value: object) -> bool | None:
    """The boolean that a setting means (true, 1, yes, on …); None if it means neither true nor false."""
    word = str(value).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None
