"""Counting: the product's application with every SQL statement counted, for one measure only."""

# ruff: noqa: E402  What follows the patch must be imported after it.
from gevent import monkey

monkey.patch_all()

import os
from pathlib import Path
from typing import Any

import peewee

from benchmarks.counter import Counter

_counter = Counter(Path(os.environ["BENCHMARK_STATEMENTS"]))
_execute: Any = peewee.Database.execute_sql


def _counted(self: peewee.Database, *arguments: Any, **options: Any) -> Any:
    _counter.increase()
    return _execute(self, *arguments, **options)


setattr(peewee.Database, "execute_sql", _counted)  # noqa: B010  mypy lets nobody assign to a method.

from wsgi import app

__all__ = ["app"]
