"""Statement: a query that is written once in Peewee, turned into SQL once, and then only given its values.

Peewee spends several times longer writing a statement than the database does running it. The paths that every message
takes say theirs as constants; everything else asks Peewee as usual.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from peewee import BigIntegerField, Field, IntegerField, JSONField, TextField, UUIDField, Value
from peewee import Database as Orm

Converter = Callable[[Any], Any]

_READ_AS_THEY_ARE = {TextField, IntegerField, BigIntegerField}


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    convert: Converter


def param(name: str, field: Field | None = None) -> Any:
    """The place of a value in a query. ``field`` says how the database wants it; without one it goes as it is."""
    return Value(_Slot(name, _writer(field)), converter=_as_it_is, unpack=False)


class Statement:
    """``write`` builds the query, with ``param`` for its values. It is called once for each database opened."""

    def __init__(self, write: Callable[[], Any]) -> None:
        self.write = write


class Prepared:
    """A statement in the words of one database."""

    def __init__(self, statement: Statement, orm: Orm) -> None:
        query = statement.write()
        self._sql, self._params = query.bind(orm).sql()
        self._converters = [_reader(column) for column in query._returning or ()]

    def run(self, orm: Any, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows, or for a statement that returns none an empty list."""
        cursor = orm.execute_sql(self._sql, [_bound(param, values) for param in self._params])
        if not self._converters:
            return []
        return [
            tuple([value if read is None else read(value) for read, value in zip(self._converters, row, strict=True)])
            for row in cursor.fetchall()
        ]


def _bound(param: Any, values: dict[str, Any]) -> Any:
    return param.convert(values[param.name]) if isinstance(param, _Slot) else param


def _reader(column: Any) -> Converter | None:
    field = column.unwrap() if hasattr(column, "unwrap") else column
    if not isinstance(field, Field) or type(field) in _READ_AS_THEY_ARE:
        return None
    is_id = isinstance(getattr(field, "rel_field", field), UUIDField)
    return _id if is_id else field.python_value


@lru_cache(maxsize=20_000)
def _id(value: str | UUID | None) -> UUID | None:
    """The same few ids stand in row after row, and making a UUID is dear."""
    return UUID(value) if isinstance(value, str) else value


def _writer(field: Field | None) -> Converter:
    if isinstance(field, JSONField):  # Peewee would wrap it in SQL of its own; both databases take plain JSON.
        return lambda value: None if value is None else orjson.dumps(value).decode()
    return _as_it_is if field is None else field.db_value


def _as_it_is(value: Any) -> Any:
    return value
