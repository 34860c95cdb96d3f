"""Rows: the results of queries as plain values. Peewee types a query by its model, whatever it selects."""

from typing import Any


def tuples(query: Any) -> list[tuple[Any, ...]]:
    return list(query.tuples())


def column(query: Any) -> list[Any]:
    """The first column of every row."""
    return [row[0] for row in query.tuples()]
