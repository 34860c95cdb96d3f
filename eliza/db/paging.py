"""Paging: one page of a list after another, each found by where the last one ended."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from peewee import Expression, Field, IntegerField, UUIDField

from eliza.errors import InvalidInput

T = TypeVar("T")
U = TypeVar("U")


class InvalidCursor(InvalidInput):
    def __init__(self) -> None:
        super().__init__("cursor: is none that this list has given", details={"field": "cursor"})


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list. ``total`` counts the whole of it; ``next`` is the cursor of what follows, or None at its end."""

    items: list[T]
    total: int
    next: str | None = None

    def map(self, shape: Callable[[T], U]) -> "Page[U]":
        return Page([shape(item) for item in self.items], self.total, self.next)


def page_of(
    query: Any, *, by: Sequence[Field], newest_first: bool = False, limit: int, cursor: str | None, skip: int = 0
) -> Page[Any]:
    """Up to ``limit`` rows of a select in the order of the fields ``by``, which are never null, and unique together.

    The first ``skip`` are left out, for clients that count instead of handing the cursor back. To be called where
    ``read`` holds the connection. Raises ``InvalidCursor``.
    """
    order = [field.desc() if newest_first else field.asc() for field in by]
    beyond = query.where(_beyond(by, _read(cursor, by), newest_first)) if cursor else query
    rows = list(beyond.order_by(*order).limit(limit + 1).offset(skip))
    is_whole = cursor is None and not skip and len(rows) <= limit
    total = len(rows) if is_whole else query.count()
    return Page(rows[:limit], total, _cursor(rows[limit - 1], by) if len(rows) > limit else None)


def _beyond(by: Sequence[Field], values: Sequence[Any], newest_first: bool) -> Any:
    """Rows that stand after ``values``: larger in the first field, or equal there and larger in the next …"""
    steps: list[Expression] = []
    for place, (field, value) in enumerate(zip(by, values, strict=True)):
        step = field < value if newest_first else field > value
        for same, at in zip(by[:place], values, strict=False):
            step = (same == at) & step
        steps.append(step)
    return reduce(or_, steps)


def _cursor(row: Any, by: Sequence[Field]) -> str:
    values = [_plain(field, row.__data__[field.name]) for field in by]
    return urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def _plain(field: Any, value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else field.db_value(value)


def _read(cursor: str, by: Sequence[Field]) -> list[Any]:
    try:
        values = orjson.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except ValueError:
        raise InvalidCursor from None
    if not isinstance(values, list) or len(values) != len(by):
        raise InvalidCursor
    return [_value(field, value) for field, value in zip(by, values, strict=True)]


def _value(field: Field, value: object) -> object:
    kind = int if isinstance(field, IntegerField) else str
    if type(value) is not kind or (kind is int and not -(2**62) < int(str(value)) < 2**62):
        raise InvalidCursor
    if not isinstance(field, UUIDField):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        raise InvalidCursor from None
