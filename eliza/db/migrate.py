"""Migrate: bring a database's schema up to date, safely also when several workers start at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peewee import Database as Orm
from playhouse.migrations import Runner

DIRECTORY = Path(__file__).parent / "migrations"

_ADVISORY_LOCK = 0x656C697A61  # "eliza", so that no other program takes it by accident.


def missing(orm: Orm) -> list[str]:
    """The names of what ``migrate`` would apply."""
    return [step.name for step in Runner(orm, str(DIRECTORY)).status() if step.path is not None and not step.applied]


def migrate(orm: Orm, dialect: str) -> list[str]:
    """Apply what is missing, in order; return the names of what was applied."""
    with _alone(orm, dialect):
        return list(Runner(orm, str(DIRECTORY)).up())


@contextmanager
def _alone(orm: Orm, dialect: str) -> Iterator[None]:
    if dialect != "postgres":  # A SQLite file has one process; the instance lock saw to that.
        yield
        return
    _execute(orm, "SELECT pg_advisory_lock(%s)")
    try:
        yield
    finally:
        _execute(orm, "SELECT pg_advisory_unlock(%s)")


def _execute(orm: Any, sql: str) -> None:
    orm.execute_sql(sql, (_ADVISORY_LOCK,))
