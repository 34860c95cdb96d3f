"""Written: the parts of a character in the shapes in which people write them, each brought to one form."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from eliza.errors import InvalidInput

_T = TypeVar("_T")

KnowledgeItem = str | Mapping[str, object]


class InvalidCharacter(InvalidInput):
    """A character that cannot be used; ``details["key"]`` names where."""

    code = "INVALID_CHARACTER"

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"The character's {key} {why}", details={"key": key})


def optional(given: Mapping[str, object], key: str, read: Callable[[str, object], _T]) -> _T | None:
    return read(key, given[key]) if key in given else None


def text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidCharacter(key, "must be a text")
    return value


def texts(key: str, value: object) -> tuple[str, ...]:
    """Lines of text. A text alone stands for a list of one, a number for its digits, and a null for nothing."""
    lines = [value] if isinstance(value, str) else value
    if not isinstance(lines, list | tuple):
        raise InvalidCharacter(key, "must be a text or a list of texts")
    return tuple(_line(f"{key}[{index}]", item) for index, item in enumerate(lines) if item is not None)


def items(key: str, value: object) -> Iterable[object]:
    if not isinstance(value, list | tuple):
        raise InvalidCharacter(key, "must be a list")
    return value


def mapping(key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise InvalidCharacter(key, "must be an object")
    return value


def text_map(key: str, value: object) -> Mapping[str, str]:
    return {name: text(f"{key}.{name}", item) for name, item in mapping(key, value).items() if item is not None}


def style(key: str, value: object) -> Mapping[str, tuple[str, ...]]:
    """Lines of text by the occasion; without an occasion they are meant for all."""
    if not isinstance(value, Mapping):
        return {"all": texts(key, value)}
    return {kind: texts(f"{key}.{kind}", lines) for kind, lines in mapping(key, value).items() if lines is not None}


def secrets(key: str, value: object) -> Mapping[str, str | bool | int | float]:
    return {name: _secret(f"{key}.{name}", item) for name, item in mapping(key, value).items() if item is not None}


def knowledge(key: str, value: object) -> tuple[KnowledgeItem, ...]:
    """A list of what is known; a text or an object alone stands for a list of one."""
    known = [value] if isinstance(value, str | Mapping) else items(key, value)
    return tuple(_knowledge_item(f"{key}[{index}]", item) for index, item in enumerate(known) if item is not None)


def _line(key: str, value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else text(key, value)


def _secret(key: str, value: object) -> str | bool | int | float:
    if not isinstance(value, str | bool | int | float):
        raise InvalidCharacter(key, "must be a text, a number or a boolean")
    return value


def _knowledge_item(key: str, value: object) -> KnowledgeItem:
    return value if isinstance(value, str) else mapping(key, value)
