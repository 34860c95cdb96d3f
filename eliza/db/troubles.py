"""Troubles: what a database's errors mean, told once for both of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from peewee import DataError, InterfaceError, OperationalError, PeeweeException
from playhouse.pool import MaxConnectionsExceeded

from eliza.errors import Unavailable

_LOST_RACES = {"40P01", "40001", "23503", "23505"}
"""Deadlock, serialization failure, and a row that came or went between a look and a write: another try may do."""

_OUT_OF_REACH = ("08", "57P", "53")
"""SQLSTATE classes of a connection that broke, a server that stops or starts, and one without resources."""

_SQLITE_AWAY = (
    *("locked", "disk is full", "disk i/o", "unable to open", "readonly"),
    # Out of disk, SQLite undoes a transaction by itself. Peewee then finds none to undo, and says that instead.
    *("no transaction is active", "no such savepoint"),
)


class DatabaseUnavailable(Unavailable):
    """The database does not answer now. Nothing was stored that was not told to be."""

    code = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The database does not answer; try again in a moment")


@contextmanager
def named() -> Iterator[None]:
    """Raise ``DatabaseUnavailable`` for the errors that mean it; all others pass as they are."""
    try:
        yield
    except MaxConnectionsExceeded as error:
        raise DatabaseUnavailable from error
    except (OperationalError, InterfaceError) as error:
        if _is_out_of_reach(error):
            raise DatabaseUnavailable from error
        raise


def is_lost_race(error: BaseException) -> bool:
    """True when the same unit of work may succeed if it is run again at once."""
    return _sqlstate(error) in _LOST_RACES


def is_for_ever(error: BaseException) -> bool:
    """True when the database will never keep what it was given, however often it is tried."""
    return isinstance(error, DataError | ValueError | TypeError | UnicodeError)


def _is_out_of_reach(error: PeeweeException) -> bool:
    state = _sqlstate(error)
    if state is not None:
        return state.startswith(_OUT_OF_REACH)
    return _is_a_broken_connection(error) or any(sign in str(error).lower() for sign in _SQLITE_AWAY)


def _is_a_broken_connection(error: PeeweeException) -> bool:
    """Psycopg gives no SQLSTATE when it was not the server that spoke."""
    return type(_original(error)).__module__.startswith("psycopg")


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(_original(error), "sqlstate", None)
    return state if isinstance(state, str) else None


def _original(error: BaseException) -> object:
    """What the driver raised, below Peewee's own exception."""
    return getattr(error, "orig", error)
